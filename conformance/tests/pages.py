"""What every page that ormspec writes must be: one file that needs no other, with links that lead somewhere."""
from html.parser import HTMLParser

VOID = {"meta", "link", "input", "br", "hr", "img", "wbr", "rect"}


class Page(HTMLParser):
    """Reads a page strictly: `problems` is what is wrong with it."""

    def __init__(self, text):
        super().__init__()
        self.open, self.ids, self.links, self.problems, self.words = [], set(), [], [], []
        self.feed(text)
        self.close()
        if self.open:
            self.problems.append(f"not closed: {self.open[-3:]}")
        for link in self.links:
            if link.startswith("#") and not link.startswith("#?") and link[1:] and link[1:] not in self.ids:
                self.problems.append(f"a link leads nowhere: {link}")

    def handle_starttag(self, tag, attributes):
        names = [name for name, _ in attributes]
        if len(names) != len(set(names)):
            self.problems.append(f"an attribute twice in <{tag}>")
        values = dict(attributes)
        if "id" in values:
            if values["id"] in self.ids:
                self.problems.append(f"the id {values['id']} is there twice")
            self.ids.add(values["id"])
        if tag == "a" and "href" in values:
            self.links.append(values["href"])
        for name in ("src", "srcset", "action", "poster", "data", "formaction", "ping", "style"):
            if name in values:
                self.problems.append(f"<{tag} {name}=…>")
        if tag in ("link", "iframe", "object", "embed", "base", "img"):
            self.problems.append(f"<{tag}>")
        for name in names:
            if name.startswith("on"):
                self.problems.append(f"<{tag} {name}=…>")
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag in VOID:
            return
        if not self.open or self.open[-1] != tag:
            self.problems.append(f"</{tag}> closes {self.open[-1:]}, line {self.getpos()[0]}")
        if tag in self.open:
            while self.open.pop() != tag:
                pass

    def handle_data(self, data):
        if self.open and self.open[-1] not in ("script", "style"):
            self.words.append(data)
        elif self.open and ("url(" in data or "@import" in data):
            self.problems.append("a style that fetches something")

    @property
    def text(self):
        return "".join(self.words)
