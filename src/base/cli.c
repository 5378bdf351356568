/* SPDX-License-Identifier: ISC */
#include "cli.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io.h"
#include "mem.h"
#include "num.h"
#include "text.h"
#include "when.h"

static const char *program = "rectools";
static bool verbose;
static FILE *speech;        /* instead of stderr, after cli_hush() */
static bool progress_shown; /* both under the lock of stderr */
static int64_t progress_next_ms;

void
cli_start(const char *name)
{
	int fd;

	program = name;
	(void)umask(077);
	/* A closed stdin or stdout must not become the first file we open. */
	do
		fd = open("/dev/null", O_RDWR);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd > STDERR_FILENO)
		(void)close(fd);
	/* A closed pipe is an error of write(2), not the end of the program,
	 * and so is a limit on the size of files. */
	(void)signal(SIGPIPE, SIG_IGN);
	(void)signal(SIGXFSZ, SIG_IGN);
}

const char *
cli_name(void)
{
	return program;
}

static FILE *
voice(void)
{
	return speech ? speech : stderr;
}

void
cli_raise_files(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &limit);
	}
}

void
cli_hush(void)
{
	int fd = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
	FILE *file = fd >= 0 ? fdopen(fd, "w") : NULL;

	if (!file) {
		if (fd >= 0)
			(void)close(fd);
		return;
	}
	(void)setvbuf(file, NULL, _IOLBF, 0);
	speech = file;
	mem_speak_to(fd);
	(void)!freopen("/dev/null", "w", stderr);
}

static _Thread_local char **once; /* the lines of cli_once(), or NULL */

void
cli_once(char **said)
{
	once = said;
}

static bool
was_said(const char *text)
{
	char *line, *all;
	bool said;

	if (!once)
		return false;
	line = text_format("%s\n", text);
	said = *once && strstr(*once, line);
	if (!said) {
		all = text_format("%s%s", *once ? *once : "", line);
		free(*once);
		*once = all;
	}
	free(line);
	return said;
}

/*
 * One write, so that lines of several processes do not mix. Control characters
 * in a name or in a server's text must not reach a terminal or make a second
 * line.
 */
static void
speak_line(const char *fmt, va_list ap)
{
	FILE *out = voice();
	char text[2048];

	(void)vsnprintf(text, sizeof text, fmt, ap);
	for (char *c = text; *c; c++)
		if ((unsigned char)*c < ' ' || *c == '\x7f')
			*c = '?';
		else if (*c == '\xc2' && (unsigned char)c[1] < 0xa0 && c[1])
			/* U+0080 to U+009F are control characters, too. */
			c[0] = c[1] = '?';
	if (was_said(text))
		return;
	flockfile(out);
	fprintf(
	    out, "%s%s: %s\n", progress_shown ? "\r\033[K" : "", program, text);
	progress_shown = false;
	funlockfile(out);
}

bool
cli_has_progress(void)
{
	return isatty(fileno(voice()));
}

void
cli_progress(const char *fmt, ...)
{
	FILE *out = voice();
	int64_t now_ms = when_steady_us() / 1000;
	char text[256];
	va_list ap;

	flockfile(out);
	if (cli_has_progress() && now_ms >= progress_next_ms) {
		va_start(ap, fmt);
		(void)vsnprintf(text, sizeof text, fmt, ap);
		va_end(ap);
		fprintf(out, "\r%s: %s\033[K", program, text);
		(void)fflush(out);
		progress_shown = true;
		progress_next_ms = now_ms + 100;
	}
	funlockfile(out);
}

void
cli_progress_end(void)
{
	FILE *out = voice();

	flockfile(out);
	if (progress_shown)
		fputs("\r\033[K", out);
	(void)fflush(out);
	progress_shown = false;
	funlockfile(out);
}

void
cli_warn(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	speak_line(fmt, ap);
	va_end(ap);
}

void
cli_verbose(void)
{
	verbose = true;
}

bool
cli_is_verbose(void)
{
	return verbose;
}

void
cli_hint(const char *fmt, ...)
{
	va_list ap;

	if (!verbose && !cli_has_progress())
		return;
	va_start(ap, fmt);
	speak_line(fmt, ap);
	va_end(ap);
}

void
cli_say(const char *fmt, ...)
{
	va_list ap;

	if (!verbose)
		return;
	va_start(ap, fmt);
	speak_line(fmt, ap);
	va_end(ap);
}

_Noreturn void
cli_usage(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	speak_line(fmt, ap);
	va_end(ap);
	fprintf(voice(), "Try '%s --help'.\n", program);
	exit(EXIT_USAGE);
}

static const char *more; /* for --version */

void
cli_version_more(const char *lines)
{
	more = lines;
}

enum { MOST = 64, BY_PLACE = 256 };

_Noreturn static void
tell_version(void)
{
	printf("%s %s\n%s", program, VERSION, more ? more : "");
	exit(cli_end(EXIT_DONE));
}

static bool
has_argument(const struct cli_option *o)
{
	return o->text || o->number || (o->take && !o->bare);
}

static void
take_cli_option(const struct cli_option *o, const char *arg, const char *help)
{
	char shown[40];
	int64_t n = 0;

	(void)snprintf(shown, sizeof shown, "--%s", o->name);
	if (o->yes)
		*o->yes = true;
	if (o->text)
		*o->text = arg;
	if (o->number && num_integer(arg, o->min, o->max, &n) != 0)
		cli_usage("%s: a number from %d to %d, not '%s'", shown, o->min,
		    o->max, arg);
	if (o->number)
		*o->number = (int)n;
	if (o->take)
		o->take(shown, arg, o->to);
	if (o->letter == 'h') {
		(void)fputs(help, stdout);
		exit(cli_end(EXIT_DONE));
	}
	if (strcmp(o->name, "version") == 0)
		tell_version();
}

/*
 * Makes the tables of getopt_long(); a long option is identified by its index.
 */
static void
list_options(const struct cli_option *all, size_t n, struct option *longs,
    struct buf *letters)
{
	for (size_t i = 0; i < n; i++) {
		const struct cli_option *o = &all[i];
		int argument = !has_argument(o) ? no_argument
			       : o->optional    ? optional_argument
						: required_argument;

		longs[i] =
		    (struct option){o->name, argument, NULL, BY_PLACE + (int)i};
		if (o->letter)
			buf_format(letters, "%c%s", o->letter,
			    argument == required_argument ? ":" : "");
	}
	longs[n] = (struct option){NULL, 0, NULL, 0};
}

/* n if getopt_long() did not know it, and has said so. */
static size_t
option_place(const struct cli_option *all, size_t n, int c)
{
	size_t i = 0;

	if (c >= BY_PLACE)
		return (size_t)(c - BY_PLACE);
	while (i < n && (!all[i].letter || all[i].letter != c))
		i++;
	return i;
}

void
cli_options(int argc, char **argv, const struct cli_option *o, const char *help)
{
	const struct cli_option common[] = {
	    {.name = "verbose", .letter = 'v', .yes = &verbose},
	    {.name = "help", .letter = 'h'}, {.name = "version"}};
	struct cli_option all[MOST];
	struct option longs[MOST + 1];
	bool given[MOST] = {false};
	struct buf letters = {0};
	size_t n = 0;
	int c;

	for (; o->name && n + 3 < MOST; o++)
		all[n++] = *o;
	for (size_t i = 0; i < 3; i++)
		all[n++] = common[i];
	list_options(all, n, longs, &letters);
	while ((c = getopt_long(argc, argv, letters.s, longs, NULL)) != -1) {
		size_t i = option_place(all, n, c);

		if (i == n) {
			fprintf(voice(), "Try '%s --help'.\n", program);
			exit(EXIT_USAGE);
		}
		if (given[i] && has_argument(&all[i]) && !all[i].many)
			cli_usage("--%s is given twice", all[i].name);
		given[i] = true;
		take_cli_option(&all[i], optarg, help);
	}
	buf_free(&letters);
}

void
cli_tell_terminal(const char *what)
{
	static bool told;

	if (!told && isatty(STDIN_FILENO))
		cli_warn("reading %s from the terminal; Ctrl-D ends the input",
		    what);
	told = true;
}

int
cli_worse(int a, int b)
{
	static const int order[] = {EXIT_USAGE, EXIT_LATER, EXIT_GIVEN_UP};

	for (size_t i = 0; i < sizeof order / sizeof *order; i++)
		if (a == order[i] || b == order[i])
			return order[i];
	return EXIT_DONE;
}

int
cli_each(int argc, char **argv, bool nul,
    int (*each)(const char *path, void *arg), void *arg)
{
	int status = EXIT_DONE;
	char path[PATH_MAX + 1];
	ssize_t n;

	for (int i = 0; i < argc; i++)
		status = cli_worse(status, each(argv[i], arg));
	if (argc > 0)
		return status;
	cli_tell_terminal("paths, one on each line,");
	while (
	    (n = io_record(stdin, nul ? '\0' : '\n', path, sizeof path)) >= 0) {
		if (n > PATH_MAX) {
			cli_warn("standard input: a path of more than %d bytes",
			    PATH_MAX);
			return cli_worse(status, EXIT_USAGE);
		}
		if (n > 0)
			status = cli_worse(status, each(path, arg));
	}
	if (ferror(stdin)) {
		cli_warn("standard input: %s", strerror(errno));
		status = cli_worse(status, EXIT_LATER);
	}
	return status;
}

int
cli_print_path(const char *path, bool nul, int status)
{
	if (fputs(path, stdout) == EOF || putchar(nul ? '\0' : '\n') == EOF ||
	    fflush(stdout) != 0)
		return EXIT_LATER;
	return status;
}

int
cli_end(int status)
{
	if (fflush(stdout) != 0 || ferror(stdout)) {
		cli_warn("standard output: %s", strerror(errno));
		return cli_worse(status, EXIT_LATER);
	}
	return status;
}
