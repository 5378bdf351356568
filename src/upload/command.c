/* SPDX-License-Identifier: ISC */
#include "command.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "io.h"
#include "loop.h"
#include "mem.h"
#include "when.h"

extern char **environ;

/* Our environment and more. Free the array, but not its elements. */
static char **
add_environment(char *const *more)
{
	size_t own = 0, n = 0;
	char **all;

	while (environ[own])
		own++;
	while (more[n])
		n++;
	all = mem_alloc((own + n + 1) * sizeof *all);
	memcpy(all, more, n * sizeof *all);
	memcpy(all + n, environ, own * sizeof *all);
	all[own + n] = NULL;
	return all;
}

/*
 * Our threads block every signal, and ignore some; the command must do neither.
 */
static void
set_signals(posix_spawnattr_t *attr)
{
	sigset_t none, ours;

	sigemptyset(&none);
	sigemptyset(&ours);
	sigaddset(&ours, SIGPIPE);
	sigaddset(&ours, SIGTERM);
	sigaddset(&ours, SIGINT);
	sigaddset(&ours, SIGHUP);
	(void)posix_spawnattr_setsigmask(attr, &none);
	(void)posix_spawnattr_setsigdefault(attr, &ours);
	(void)posix_spawnattr_setpgroup(attr, 0);
	(void)posix_spawnattr_setflags(attr, POSIX_SPAWN_SETSIGMASK |
						 POSIX_SPAWN_SETSIGDEF |
						 POSIX_SPAWN_SETPGROUP);
}

/* 0, or an error number. */
static int
start_command(char *const *argv, char *const *more, int in, pid_t *pid)
{
	char **all = add_environment(more);
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attr;
	int error;

	(void)posix_spawnattr_init(&attr);
	(void)posix_spawn_file_actions_init(&files);
	set_signals(&attr);
	error = posix_spawn_file_actions_adddup2(&files, in, 0);
	if (error == 0)
		error = posix_spawn_file_actions_addopen(
		    &files, 1, "/dev/null", O_WRONLY, 0);
	if (error == 0)
		error = posix_spawn(pid, argv[0], &files, &attr, argv, all);
	(void)posix_spawn_file_actions_destroy(&files);
	(void)posix_spawnattr_destroy(&attr);
	free(all);
	return error;
}

/* Waits for its end; true: the time was over, and it was killed. */
static bool
wait_for(pid_t pid, int timeout_s, int *status)
{
	enum { LOOK_NS = 10000000 };
	const struct timespec look = {0, LOOK_NS};
	int64_t end_ms = when_steady_us() / 1000 + timeout_s * INT64_C(1000);
	bool over = false;

	while (waitpid(pid, status, WNOHANG) == 0) {
		if (!over &&
		    (when_steady_us() / 1000 > end_ms || loop_abandoned())) {
			over = true;
			(void)kill(-pid, SIGKILL);
		}
		(void)nanosleep(&look, NULL);
	}
	return over;
}

int
command_run(char *const *argv, char *const *more, const char *text,
    int timeout_s, struct why *why)
{
	int in = memfd_create("notice", MFD_CLOEXEC), error, status = 0;
	pid_t pid = -1;

	if (in < 0 || io_write(in, text, strlen(text)) != 0 ||
	    lseek(in, 0, SEEK_SET) != 0) {
		why_errno(why, "%s", argv[0]);
		if (in >= 0)
			(void)close(in);
		return -1;
	}
	error = start_command(argv, more, in, &pid);
	(void)close(in);
	if (error != 0) {
		errno = error;
		return why_errno(why, "%s", argv[0]);
	}
	if (wait_for(pid, timeout_s, &status))
		return why_set(why,
		    "%s: not finished after %d seconds (notice_timeout)",
		    argv[0], timeout_s);
	if (WIFSIGNALED(status))
		return why_set(
		    why, "%s: ended by signal %d", argv[0], WTERMSIG(status));
	if (WEXITSTATUS(status) != 0)
		return why_set(why, "%s: ended with status %d", argv[0],
		    WEXITSTATUS(status));
	return 0;
}
