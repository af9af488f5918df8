/* The commands of the command line. Each takes the words behind its name and gives the status to exit with. */
#ifndef RUN_COMMANDS_H
#define RUN_COMMANDS_H

struct place_of_run {
    const char *program; /* argv[0] */
    const char *root;    /* the project's folder */
};

int command_run(const struct place_of_run *place, int count, char **words);
int command_list(const struct place_of_run *place, int count, char **words);
int command_explain(const struct place_of_run *place, int count, char **words);
int command_lint(const struct place_of_run *place, int count, char **words);
int command_schemas(const struct place_of_run *place, int count, char **words);
int command_report(const struct place_of_run *place, int count, char **words);
int command_diff(const struct place_of_run *place, int count, char **words);
int command_merge(const struct place_of_run *place, int count, char **words);
int command_replay(const struct place_of_run *place, int count, char **words);
int command_export(const struct place_of_run *place, int count, char **words);
int command_vacuity(const struct place_of_run *place, int count, char **words);
int command_null_testee(const struct place_of_run *place, int count, char **words);
int command_book(const struct place_of_run *place, int count, char **words);
int command_new_adapter(const struct place_of_run *place, int count, char **words);
int command_next(const struct place_of_run *place, int count, char **words);
int command_doctor(const struct place_of_run *place, int count, char **words);
#endif
