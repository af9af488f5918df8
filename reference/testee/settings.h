/* Operations beside the database: passwords, .env files, URLs taken apart. */
#ifndef TESTEE_SETTINGS_H
#define TESTEE_SETTINGS_H
#include "world.h"

bool op_hash_password(struct world *, struct call *);
bool op_set_password(struct world *, struct call *);
bool op_check_password(struct world *, struct call *);
bool op_parse_dotenv(struct world *, struct call *);
bool op_load_dotenv(struct world *, struct call *);
bool op_find_dotenv(struct world *, struct call *);
bool op_getenv(struct world *, struct call *);
bool op_parse_url(struct world *, struct call *);
json_t *settings_passwords(const json_t *schema); /* {model: the member that holds the hash} */
void settings_restore(struct world *); /* the environment is again what it was at the start */
#endif
