/* SPDX-License-Identifier: ISC */
#ifndef CLI_H
#define CLI_H

/*
 * What the five programs share on the command line: messages, statuses, and
 * "arguments, else one path per line on standard input". Only the programs
 * include it.
 */

#include <stdbool.h>
#include <stddef.h>

/* First in main: the program's name, umask 077, SIGPIPE, the three streams. */
void cli_start(const char *name);
const char *cli_name(void);

/*
 * Libraries that write to standard error of their own accord, as libmpg123 does
 * of broken MP3s, are not heard from here on; this program is.
 */
void cli_hush(void);
/*
 * As many open files as the system lets this process have: a call may have a
 * thousand legs, and most systems start programs with a limit of 1024.
 */
void cli_raise_files(void);
/* "name: ..." on stderr. */
void cli_warn(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/*
 * From now on this thread says no line twice: what it says with cli_warn() is
 * gathered in *said, which the caller frees and may begin with what was said
 * before. NULL: as ever.
 */
void cli_once(char **said);
/* The same, only after cli_verbose(). */
void cli_verbose(void);
bool cli_is_verbose(void);
void cli_say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* The same, and also where a person looks: standard error is a terminal. */
void cli_hint(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/*
 * A line that the next one, or any message, takes the place of, on stderr where
 * that is a terminal and nowhere else; at most ten in a second.
 */
void cli_progress(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
bool cli_has_progress(void);
void cli_progress_end(void);
/* Warns, points at --help and ends with status 2. */
_Noreturn void cli_usage(const char *fmt, ...)
    __attribute__((format(printf, 1, 2)));
/*
 * An option, and what it sets: *yes, *text, *number (from min to max), or
 * whatever take() does with the argument; take() ends the program by
 * cli_usage() where it cannot. -v, -h and --version are there without a word.
 */
struct cli_option {
	const char *name; /* "spool": --spool */
	char letter;      /* 's': -s; 0: none */
	bool bare;        /* take() gets no argument */
	bool optional;    /* text, or take(): --verify or --verify=SEEN */
	bool many;        /* may be given more than once */
	bool *yes;
	const char **text;
	int *number, min, max;
	void (*take)(const char *name, const char *arg, void *to);
	void *to;
};
/*
 * Takes all options; optind is then the first argument. What is unknown, or
 * given twice with an argument, ends the program with status 2.
 */
void cli_options(
    int argc, char **argv, const struct cli_option *o, const char *help);

/*
 * Says once on standard error what is read from standard input, where that is
 * a terminal and the program would seem to hang.
 */
void cli_tell_terminal(const char *what);
/* Lines for --version to add; the text must live as long. */
void cli_version_more(const char *lines);

/* The worse of two statuses: 2, then 75, then 1, then 0. */
int cli_worse(int a, int b);

/*
 * Calls each(path, arg) for every argument, or with none for every line (or
 * NUL-ended path) on stdin; returns the worst of the statuses.
 */
int cli_each(int argc, char **argv, bool nul,
    int (*each)(const char *path, void *arg), void *arg);

/* One path on stdout, flushed; status, or 75 where stdout takes no more. */
int cli_print_path(const char *path, bool nul, int status);
/* Last in main: stdout must have taken everything, else 75. */
int cli_end(int status);

#endif
