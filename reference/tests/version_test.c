/* The libraries at work. */
#include <criterion/criterion.h>
#include <orm.h>
#include <stdio.h>

Test(version, known_libraries)
{
    static const char *const libraries[] = { "liborm", "sqlite", "libpq" };
    char text[32];
    for (size_t i = 0; i < sizeof libraries / sizeof libraries[0]; i++) {
        int major = -1, minor = -1;
        cr_assert_eq(orm_version_of(libraries[i], text), text);
        cr_assert_eq(sscanf(text, "%d.%d", &major, &minor), 2, "%s: %s", libraries[i], text);
    }
    cr_assert_str_eq(orm_version_of("liborm", text), ORM_VERSION);
    cr_assert_null(orm_version_of("libc", text));
}
