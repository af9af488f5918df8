/* The unit of work from inside: what a session keeps about each of its objects.
 *
 * An object and its state are one piece of memory, made and freed by the session. The state holds the row as it was
 * loaded last; a member that differs from it is a change. What a transaction changes is kept aside until it ends, for a
 * rollback.
 *
 * Who owns a text: `loaded` texts lie in `block` (a row's texts together) or have an allocation of their own
 * (ORM__OWNED); members of a clean object point at them. `begun` and `written` own theirs. A document is held by one
 * reference in each of these places. */
#ifndef ORM_SESSION_SESSION_H
#define ORM_SESSION_SESSION_H
#include "base/error.h"
#include "base/text.h"
#include "engine/engine.h"
#include "model/mapper.h"

enum orm__mark {                 /* of a field */
                 ORM__OWNED = 1, /* the text of `loaded` has its own allocation */
                 ORM__BEGUN = 2, /* `begun` has what the column held when the level began */
                 ORM__MADE = 4,  /* given by the INSERT of this level (key, default), not by the user */
                 ORM__FORCED =
                     8, /* set while the row was due to be read again: written even if equal to what was known */
                 ORM__KEPT = 16, /* scratch of orm__state_load */
                 ORM__DUE = 32,  /* this member alone is to be read again at the next occasion */
                 ORM__GIVEN = 64 /* orm_write put something in, if only a NULL, before there was a row */
};

/* What a level below the newest keeps of an object. */
typedef struct orm__layer {
    struct orm__layer *below;
    size_t level;
    bool inserted;
    orm_value *begun;
    unsigned char marks[]; /* ORM__BEGUN and ORM__MADE */
} orm__layer;

/* What a collection holds, in its order. Loops and what was flushed share it until it changes. */
typedef struct orm__list {
    size_t shares, count, capacity; /* capacity of `room`; `at` points into it */
    orm_object **at;
    struct orm__members *members; /* of a long list: which objects are in it; NULL until somebody asks */
    orm_object *room[];
} orm__list;

/* Changes of a collection that is not loaded, in their order. */
typedef struct orm__journal {
    size_t count, capacity;
    struct orm__entry {
        orm_object *object;
        bool out; /* taken out, else put in */
    } * at;
} orm__journal;

/* One relationship of one object. Links of a program's structs point here. */
typedef struct orm__slot {
    struct orm__state *owner;
    const orm__relation *relation;
    union {
        struct {
            struct orm__state *one, *one_before;
        };
        struct {
            orm__list *list, *list_before; /* NULL is an empty one */
        };
    };
    orm__journal *journal; /* of a collection, while it is not loaded; or NULL */
    bool loaded;           /* `one` or `list` is what there is */
    bool changed;          /* since the flush: `…_before` is what was there, as far as it is known */
    bool known;            /* `one_before` is */
    bool filling;          /* the rows of a query that is running fill it */
    const struct orm__choice *inner; /* what a query chose for the objects that it will lead to; the session keeps it */
    unsigned char how;     /* orm_lazy + 1, when a query chose another way for this object */
} orm__slot;

typedef struct orm__state {
    orm_session *session;
    struct orm__state *previous; /* all objects of the session */
    struct orm__state *chain;    /* of the identity map */
    uint64_t hash;               /* of the key, while `mapped` */
    uint64_t order;              /* when it was added */
    uint64_t listed;             /* number of the query that gave it last */
    orm_object **passing;        /* where a stream keeps it until its next step; NULL: it stays */
    size_t referrers;            /* the planner's */
    struct orm__sync *syncs;     /* the planner's: columns that get their value from another object */
    orm__slot *slots;            /* one for each relationship */
    struct orm__parent {         /* one for each relationship that lets an object have one parent and leads here: */
        bool known;              /* `state` is the one that holds this object, or NULL: nobody does */
        struct orm__state *state;
    } * parents;
    struct orm__state *work; /* the next of a list that is being worked on */
    uint64_t stamp;          /* for sets of objects: the session's, when it is in the one that is looked at */
    int mark;                /* valid with the stamp */
    orm_value *begun, *written;  /* NULL until needed; all fields long */
    unsigned char *marks;
    char *block;
    orm__layer *below; /* older levels */
    size_t level;      /* of `begun`, ORM__BEGUN, ORM__MADE and `inserted`; see layer.c */
    size_t relinked_level;
    /* What every flush looks at comes last, beside the object. */
    struct orm__state *next;
    const orm__mapper *mapper;
    orm_lifecycle lifecycle;
    bool mapped;
    bool expired;  /* the row is to be read again at the next occasion */
    bool doomed;   /* orm_delete was called, the flush is still to come */
    bool due;      /* some members are ORM__DUE */
    bool inserted; /* at `level` */
    bool loose;    /* detached with its row, so that orm_add may take it in again */
    bool touched;  /* there is something to take back at `level`, or below */
    bool as_made;  /* `image` is the object as orm_new made it */
    bool related;  /* a slot is changed */
    bool relinked; /* a flush wrote what slots held, at `relinked_level` or below */
    bool linked;   /* an object of this session may lead here */
    bool orphaned; /* taken out of its last parent before it had a row */
    bool prepared; /* within a flush: what it leads to was loaded for its delete */
    bool clean;    /* as long as the object's bytes equal `image`, nothing is changed */
    orm_value *loaded;
    orm_object *object;
    char *image; /* the object's bytes when it was last found clean */
} orm__state;

typedef struct orm__identity {
    orm__state **buckets;
    size_t bucket_count, count;
} orm__identity;

enum orm__trouble { ORM__NO_TROUBLE, ORM__FLUSH_FAILED, ORM__ABORTED };

/* Rows that somebody is reading while other work goes on. They end with the transaction at the latest. */
typedef struct orm__running {
    struct orm__running *next, **link; /* of the session's list */
    orm__cursor cursor;                /* all zero once they have ended */
    bool cut;                          /* they ended with the transaction */
    void (*destroy)(struct orm__running *);
} orm__running;

struct orm_session {
    orm_database *database;
    orm__connection *connection; /* held from the first use to the transaction's end */
    bool begun;                  /* the database was told so */
    bool flushing;
    bool quiet; /* queries do not flush */
    bool lost;  /* the transaction is gone with all its savepoints, and the objects are to be rolled back yet */
    enum orm__trouble trouble;
    orm_error error;
    orm_error latched; /* ORM_NOMEM of a helper that cannot return a status: for the next flush */
    orm__arena arena;
    json_t **documents; /* of orm_take_json */
    size_t document_count, document_capacity;
    orm__state *first, *last;
    orm__identity identity;
    uint64_t *savepoints; /* the open ones by number, outer ones first */
    size_t savepoint_count, savepoint_capacity;
    size_t savepoints_sent; /* so many of them the database knows */
    uint64_t last_savepoint;
    uint64_t added;
    uint64_t queries; /* counts those whose rows may repeat an object */
    uint64_t stamp;
    struct orm__choice *choices; /* of queries, which objects still go by */
    char **link_sql;  /* by the number of the relation: made at the first use */
    uint64_t made;    /* states */
    struct orm__running *running;
    size_t waiting;   /* pending and doomed objects */
    orm_value *row;   /* one row's values, as wide as the widest model */
    orm_value *binds; /* of one statement: a row's and a key's */
    char **get_sql;   /* by mapper: made at the first use */
    struct orm__kept *kept;
};

/* session.c: something that lives as long as the session. ORM_NOMEM: it is still the caller's. */
orm_status orm__session_keep(orm_session *, void *thing, void (*drop)(void *));

/* transaction.c: the session and its connection */
orm_status orm__session_ready(orm_session *); /* or why it refuses to work */
orm_status orm__session_connect(orm_session *, bool to_write, orm__connection **);
orm_status
orm__session_broken(orm_session *,
                    orm_status); /* a statement outside of a flush failed: what that means for the transaction */
void orm__session_flush_failed(orm_session *);
void orm__session_lost(orm_session *); /* the transaction is gone: all that is left is a rollback of the objects */
void orm__session_restore(orm_session *,
                          size_t level); /* objects as they were when the level began; the session is usable again */
void orm__session_disconnect(orm_session *);                    /* rolls back what is open; ends running rows */
void orm__session_latch_nomem(orm_session *, const char *what); /* for helpers that cannot return a status */
orm_status orm__autoflush(orm_session *);
void orm__set_lifecycle(orm__state *, orm_lifecycle,
                        bool doomed); /* the one way to change these two, which are counted */

/* snapshot.c: members against rows */
bool orm__own(const orm_value *from, orm_value *to) __attribute__((warn_unused_result)); /* a copy of its own */
void orm__disown(orm_value *);
bool orm__changed(const orm__state *, size_t field);
/* Is anything changed? A member that only borrows an equal text is made to point at ours: the flush that asks is the
 * end of its life. */
bool orm__settle(orm__state *);
void orm__forced(orm__state *, size_t field); /* sets the mark */
bool orm__own_loaded(orm__state *, size_t field) __attribute__((warn_unused_result));
/* Moves the texts of values, borrowed until now, into one new block. False: no memory, the values are as they were. */
bool orm__pack_texts(orm_value *values, size_t count, char **block) __attribute__((warn_unused_result));
/* Takes a row over: its documents belong to the state afterwards, in any case. `keep`: members that the user changed
 * stay. */
orm_status orm__state_load(orm__state *, orm_value *values, bool keep, orm_error *);
void orm__state_set(orm__state *, size_t field, orm_value, bool owned); /* what was flushed: cannot fail */
void orm__state_write_member(orm__state *, size_t field);               /* the member shows `loaded` */
void orm__state_release(orm__state *);                                  /* all memory but the state's own */
void orm__state_restore(orm__state *, size_t field);                    /* `loaded` is what `begun` kept */
void orm__state_give_up(orm__state *, size_t field);                    /* the member's change */
void orm__state_commit(orm__state *);
void orm__state_rollback(orm__state *, size_t level); /* of a persistent or deleted object */
void orm__state_unborn(orm__state *); /* the same of a pending one and of one that was inserted at the level or since */
void orm__state_defer(orm__state *, size_t field); /* it was not in the row: due */
/* The same for the members that are due alone. */
orm_status orm__state_load_due(orm__state *, orm_value *values, orm_error *error);

/* assign.c: what a statement about many rows did to the object */
orm_status orm__state_assign(orm__state *, size_t field, const orm_value *); /* shows it, unless the user's is to be written */
void orm__state_member_due(orm__state *, size_t field);                      /* the same, but the value is not known */
orm_status orm__state_gone(orm__state *);                                    /* its row was deleted */

/* layer.c */
/* Before a flush changes an object: what it takes back goes to the session's innermost level. False: no memory. */
bool orm__layer_open(orm__state *) __attribute__((warn_unused_result));
bool orm__inserted_since(const orm__state *, size_t level); /* at that level or one within it */
bool orm__rekeyed_since(const orm__state *, size_t level);  /* its key was changed */
void orm__layers_forget(orm__state *);
void orm__layers_restore(orm__state *, size_t level); /* `loaded` alone */
void orm__layers_fold(orm__state *, size_t level);    /* levels within it become a part of it */

/* savepoint.c */
orm_status orm__savepoints_send(orm_session *); /* those that the database does not know yet */
void orm__savepoints_forget(orm_session *);

/* identity.c */
bool orm__identity_make(orm__identity *) __attribute__((warn_unused_result));
void orm__identity_free(orm__identity *);
orm__state *orm__identity_find(const orm__identity *, const orm__mapper *,
                               const orm_value *key); /* values in the key's order */
/* By the key in `loaded`. The object that had this key until now leaves the map, and is returned. */
orm__state *orm__identity_add(orm__identity *, orm__state *);
void orm__identity_remove(orm__identity *, orm__state *);

/* load.c: rows to objects */
orm__state *orm__state_make(orm_session *, const orm__mapper *); /* linked into the session; NULL: no memory */
void orm__state_free(orm__state *);                              /* unlinks, unmaps */
void orm__state_link(orm_session *, orm__state *);               /* the last of the session's objects */
void orm__state_unlink(orm__state *);
/* The columns of a row that make an object: all of the model's, in the order of its fields, from number `first` on; or each
 * at its place, SIZE_MAX being none: such a member is due then. */
typedef struct orm__entity {
    const orm__mapper *mapper;
    size_t first;
    const size_t *at;
} orm__entity;
/* The session's one object for them. NULL where the key is NULL: a join that found no partner. */
orm_status orm__take_row(orm_session *, const orm__entity *, orm__cursor *, orm_object **);
/* An object that a stream made: frees it, if nothing would be lost with it. */
void orm__pass(orm_object *);
/* *out is NULL where there is no row. */
orm_status orm__load_key(orm_session *, const orm__mapper *, const orm_value *key, orm_object **out);
enum orm__what { ORM__ALL_BUT_CHANGES, ORM__ALL, ORM__DUE_ONES };
orm_status orm__reload(orm__state *, enum orm__what); /* ORM_STALE when the row is gone */
orm_status orm__freshen(orm__state *);           /* if it is due; ORM_DETACHED where it cannot be */

/* collection.c: false is no memory, and nothing is changed then. A list is changed only by who holds it alone. */
orm__list *orm__list_make(size_t capacity) __attribute__((warn_unused_result));
void orm__list_drop(orm__list *); /* NULL is fine */
orm__list *orm__list_share(orm__list *);
/* The list is held alone, and one object more will find room in it. */
bool orm__list_reserve(orm__list **) __attribute__((warn_unused_result));
void orm__list_put(orm__list *, size_t at, orm_object *); /* after a reserve */
void orm__list_take(orm__list *, size_t at);
size_t orm__list_find(const orm__list *, const orm_object *); /* SIZE_MAX: it is not in it */
bool orm__list_has(orm__list *, const orm_object *);
bool orm__journal_reserve(orm__journal **) __attribute__((warn_unused_result));
void orm__journal_put(orm__journal *, orm_object *, bool out);
void orm__journal_drop(orm__journal *);
/* Marks in the session's new stamp what the journal comes to: 1 put in, -1 taken out. */
void orm__journal_mark(orm_session *, const orm__journal *);

/* link.c: what one object leads to, and the other side with it */
/* Two objects can be linked only in one session: the one that no session works on comes to the other. */
orm_status orm__together(orm__state *, orm__state *);
orm_status orm__bring(orm_session *, orm__state *); /* with all that hangs together with it; ORM_STATE */
bool orm__is_orphan(const orm__state *);
bool orm__in_work(const orm__state *); /* pending or persistent */
/* slot.c: the slots of an object as a whole */
void orm__slots_make(orm__state *);
void orm__slots_expire(orm__state *, bool keep_changes);
void orm__slots_unborn(orm__state *);   /* all that they hold counts as new */
void orm__slots_flushed(orm__state *);  /* what they hold is written */
void orm__slots_revert(orm__state *);   /* what was changed is as it was, or not loaded */
void orm__slots_release(orm__state *);  /* their memory */
void orm__slots_forget(orm__state *);   /* no object of the session leads to this one any more */
/* The object and all that links lead to from it, and that lead to it, linked by `work`. */
void orm__slots_component(orm__state *, orm__state **first);
/* What the slot holds now, and what waits for it: each object once or more, until `visit` says no. */
bool orm__slot_each(orm__slot *, bool (*visit)(void *context, orm__state *), void *context);
/* How it is loaded, with the query's choice. */
orm_lazy orm__slot_lazy(const orm__slot *);
void orm__slot_expire(orm__slot *);
bool orm__relinked_since(const orm__state *, size_t level); /* slots are to be read again after that level is taken back */
void orm__slot_touch(orm__slot *); /* before a change: remembers what was there */
bool orm__has_row(const orm__state *); /* neither transient nor pending */

/* lazy.c */
orm_status orm__slot_load(orm__slot *);  /* what an access does */
orm_status orm__slot_fetch(orm__slot *); /* from the database, whatever its way of loading is, without a flush before */
/* What a dynamic collection is now; NULL is nothing. The caller drops it. */
orm_status orm__slot_select(orm__slot *, orm__list **);
orm_status orm__slot_count(orm__slot *, size_t *);
/* What a single object's slot leads to as far as memory tells; *known is false where only the database knows. */
orm_status orm__slot_peek(orm__slot *, bool *known, orm__state **);
/* The values by which the slot's objects are found, `own_count` of them. False: one is NULL. */
bool orm__slot_key(const orm__slot *, orm_value *key);
bool orm__refers_to_nothing(const orm__field *, const orm_value *); /* a foreign key's value */
/* Takes over what was loaded: a list (or NULL), merged with what waits in the journal. False: no memory. */
bool orm__slot_fill(orm__slot *, orm__list *) __attribute__((warn_unused_result));

/* cascade.c */
/* The object, and what save-update leads to from it, become part of the session's work. Nothing is changed on failure.
 * `checked`: the object itself is known to be one that may be added. */
orm_status orm__cascade_add(orm_session *, orm__state *, bool checked);
orm_status orm__cascade_delete(orm__state *); /* marks it for deletion, and what delete leads to */
/* The object and all that this cascade leads to in memory, one after another by orm__cascade_next, which has to be
 * called to the end. */
orm_status orm__cascade_list(orm__state *, unsigned cascade, orm__state **first);
orm__state *orm__cascade_next(orm__state *);

/* detach.c: objects that no session works on */
bool orm__is_loose(const orm_session *, const orm__state *); /* orm__attach is what adding it to the session takes */
orm_status orm__may_attach(orm_session *, const orm__state *);
void orm__attach(orm_session *, orm__state *);

/* object.c */
orm__state *orm__state_of(orm_session *, const orm_object *); /* NULL, with the session's error: not of this session */
orm_status orm__refuse_state(const orm__state *, const char *what);
orm_status orm__find_field(const orm_object *, const char *member, size_t *out); /* ORM_ARGUMENT */

/* repr.c */
void orm__key_text(const orm__mapper *, const orm_value *key, char *buffer, size_t size);
void orm__state_key_text(const orm__state *, char *buffer, size_t size);
#endif
