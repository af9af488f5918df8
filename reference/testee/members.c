#include "members.h"

bool member_get(struct call *c, struct session *session, orm_object *object, const char *name, orm_value *out)
{
    orm_status rc = orm_read(object, name, out);
    return rc == ORM_OK ? true : call_raised(c, rc, orm_session_error(session->orm));
}

bool member_put(struct call *c, struct session *session, orm_object *object, const char *name, const orm_value *value)
{
    orm_status rc = orm_write(object, name, *value);
    return rc == ORM_OK ? true : call_raised(c, rc, orm_session_error(session->orm));
}
