/* SPDX-License-Identifier: ISC */
#ifndef CLI_H
#define CLI_H

/*
 * The command line of the five programs: messages, options, statuses, and
 * "arguments, else one path per line on standard input".
 */

#include <stdbool.h>
#include <stddef.h>

/* First in main: sets the program's name and umask 077, ignores SIGPIPE, and
 * opens standard streams that are closed. */
void cli_start(const char *name);
const char *cli_name(void);

/*
 * From now on, libraries cannot write to standard error, as libmpg123 does for
 * damaged MP3s; the functions of this header can.
 */
void cli_hush(void);
/*
 * Raises the limit of open files to the maximum: a call may have a thousand
 * legs, and most systems start programs with a limit of 1024.
 */
void cli_raise_files(void);
/* Prints "name: ..." on stderr. */
void cli_warn(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/*
 * From now on cli_warn() in this thread prints no line twice. The lines are
 * collected in *said, which the caller frees, and which may have earlier lines
 * at first. NULL: ends this.
 */
void cli_once(char **said);
/* cli_say() prints like cli_warn(), but only after cli_verbose(). */
void cli_verbose(void);
bool cli_is_verbose(void);
void cli_say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* The same, and also if standard error is a terminal. */
void cli_hint(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/*
 * Prints a line on stderr, if that is a terminal, which the next one or any
 * message replaces; at most ten per second.
 */
void cli_progress(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
bool cli_has_progress(void);
void cli_progress_end(void);
/* Prints a message that refers to --help, and exits with status 2. */
_Noreturn void cli_usage(const char *fmt, ...)
    __attribute__((format(printf, 1, 2)));
/*
 * An option. It sets *yes, *text or *number (from min to max), or calls take()
 * with its argument, which calls cli_usage() if that is invalid. All programs
 * have -v, -h and --version without listing them.
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
 * Parses all options; optind is then the first argument. An unknown option, or
 * one with an argument that is given twice, ends the program with status 2.
 */
void cli_options(
    int argc, char **argv, const struct cli_option *o, const char *help);

/*
 * If standard input is a terminal, says once what is read from it, because the
 * program would seem to hang.
 */
void cli_tell_terminal(const char *what);
/* Adds lines to the output of --version. The text is borrowed. */
void cli_version_more(const char *lines);

/* The worse of two statuses: 2, then 75, then 1, then 0. */
int cli_worse(int a, int b);

/*
 * Calls each(path, arg) for every argument, or without arguments for every line
 * (with nul: NUL-terminated path) on stdin. Returns the worst of the statuses.
 */
int cli_each(int argc, char **argv, bool nul,
    int (*each)(const char *path, void *arg), void *arg);

/* Prints a path on stdout and flushes it. Returns status, or 75 if stdout cannot
 * be written. */
int cli_print_path(const char *path, bool nul, int status);
/* Last in main. Returns status, or 75 if stdout could not be written. */
int cli_end(int status);

#endif
