"""Pages of a query, and what a request says about them."""

import contextlib

import wire


class Pagination:
    """What the adapter has of pages; the rest of it is the class that takes this in."""

    def paginate(self, query, options):
        options = dict(options)
        window, walk = options.pop("window", None), options.pop("then", [])
        with self.request(options.pop("request", None)):
            if options.pop("statement", False):
                page = self.schema.db.paginate(query.statement, **self.numbers(options))
            else:
                page = query.paginate(**self.numbers(options))
        for step in walk:
            direction, arguments = step if isinstance(step, list) else (step, {})
            page = {"next": page.next, "prev": page.prev}[direction](**arguments)
        return Page(page, window)

    def numbers(self, options):
        return {name: wire.decode(value, self.handles) for name, value in options.items()}

    def request(self, text):
        """A request with that query string. It takes place in the session's own application context."""
        if text is None:
            return contextlib.nullcontext()
        return self.opened().test_request_context("/", query_string=text)

    def request_argument(self, params):
        import flask

        with self.request(wire.need(params, "request")):
            return flask.request.args.get(wire.need(params, "name"), params["default"], type=int)


class Page:
    """A page, to be answered with its items read as the query says."""

    NUMBERS = ("page", "per_page", "total", "pages", "first", "last", "has_prev", "has_next", "prev_num", "next_num")

    def __init__(self, page, window):
        self.page = page
        self.window = window

    def answer(self, read_items):
        answer = {name: wire.encode(getattr(self.page, name)) for name in self.NUMBERS}
        # Iterating over a page gives its items.
        answer["items"] = read_items(list(self.page))
        if self.window is not None:
            answer["iter_pages"] = [wire.encode(number) for number in self.page.iter_pages(**self.window)]
        return answer
