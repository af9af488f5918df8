#ifndef TESTEE_BASE64_H
#define TESTEE_BASE64_H
#include "call.h"

char *base64_encode(const void *, size_t size);                        /* free it */
bool base64_decode(struct call *, const char *, char **, size_t *);    /* into the call's memory; false: not base64 */
#endif
