/* SPDX-License-Identifier: ISC */
/*
 * Runs a command under ptrace(2) and injects one fault, counting the system calls
 * of all its threads together:
 *
 *	inject REPORT kill CALLS N COMMAND...	SIGKILL before the Nth of these
 *				calls (names with commas, or "all")
 *	inject REPORT fail ERRNO CALLS N COMMAND...
 *				the Nth of these calls (N+: it and all later
 *				ones) fails with that errno
 *	inject REPORT lack CALLS COMMAND...	the kernel lacks these calls
 *
 * REPORT is a file: empty if the command ended before, else the name or the number
 * of the call. openat counts only if it may create a file; otherwise it is called
 * "open". A write that must fail counts only on files. The exit status is the
 * command's, 128 + the signal that ended it, or 126 for an error of this program.
 */
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

static const struct {
	const char *name;
	long number;
} calls[] = {
    {"read", SYS_read},
    {"pread64", SYS_pread64},
    {"write", SYS_write},
    {"pwrite64", SYS_pwrite64},
    {"writev", SYS_writev},
    {"fsync", SYS_fsync},
    {"fdatasync", SYS_fdatasync},
    {"syncfs", SYS_syncfs},
    {"ftruncate", SYS_ftruncate},
    {"fallocate", SYS_fallocate},
    {"copy_file_range", SYS_copy_file_range},
    {"sendfile", SYS_sendfile},
    {"renameat", SYS_renameat},
    {"renameat2", SYS_renameat2},
    {"linkat", SYS_linkat},
    {"inotify_init1", SYS_inotify_init1},
    {"unlinkat", SYS_unlinkat},
    {"mkdirat", SYS_mkdirat},
    {"fchmod", SYS_fchmod},
    {"openat", SYS_openat},
    {"openat2", SYS_openat2},
    {"flock", SYS_flock},
    {"fstatfs", SYS_fstatfs},
#ifdef SYS_ftruncate64 /* of 32-bit machines */
    {"ftruncate", SYS_ftruncate64},
    {"sendfile", SYS_sendfile64},
    {"fstatfs", SYS_fstatfs64},
#endif
#ifdef SYS_rename
    {"rename", SYS_rename},
    {"unlink", SYS_unlink},
    {"rmdir", SYS_rmdir},
    {"mkdir", SYS_mkdir},
#endif
};

static const struct {
	const char *name;
	int number;
} errors[] = {{"EIO", EIO}, {"ENOSPC", ENOSPC}, {"EDQUOT", EDQUOT},
    {"EACCES", EACCES}, {"ENOSYS", ENOSYS}, {"EINTR", EINTR},
    {"ENOMEM", ENOMEM}, {"EMFILE", EMFILE}};

enum { THREADS = 256 };

static struct {
	bool kill, from_then_on;
	long count, target;
	int error;
	const char *names;
	const char *report;
} job;

/* Threads within a call that must fail. */
static struct {
	pid_t tid;
	bool failing;
} thread[THREADS];

static bool *
failing(pid_t tid)
{
	for (int i = 0; i < THREADS; i++)
		if (thread[i].tid == tid || thread[i].tid == 0) {
			thread[i].tid = tid;
			return &thread[i].failing;
		}
	fprintf(stderr, "inject: too many threads\n");
	exit(126);
}

static const char *
call_name(long number)
{
	for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
		if (calls[i].number == number)
			return calls[i].name;
	return NULL;
}

/* A pipe, a terminal or an eventfd never has a full disk. */
static bool
is_file(pid_t pid, unsigned long long fd)
{
	char name[64];
	struct stat st;

	(void)snprintf(name, sizeof name, "/proc/%d/fd/%llu", (int)pid, fd);
	return stat(name, &st) == 0 && S_ISREG(st.st_mode);
}

static bool
is_meant(pid_t leader, const struct __ptrace_syscall_info *info)
{
	const char *name = call_name((long)info->entry.nr), *at = job.names;
	size_t n = name ? strlen(name) : 0;

	if (strcmp(job.names, "all") == 0)
		return true;
	if (!name)
		return false;
	if (info->entry.nr == SYS_openat && !(info->entry.args[2] & O_CREAT)) {
		name = "open";
		n = 4;
	}
	/* Messages are not writes to disk. */
	if (info->entry.nr == SYS_write && !job.kill &&
	    !is_file(leader, info->entry.args[0]))
		return false;
	for (; at; at = strchr(at, ',')) {
		at += *at == ',';
		if (strncmp(at, name, n) == 0 && (at[n] == ',' || !at[n]))
			return true;
	}
	return false;
}

static void
report(const struct __ptrace_syscall_info *info)
{
	const char *name = call_name((long)info->entry.nr);
	FILE *f = fopen(job.report, "w");

	if (f && name)
		fprintf(f, "%s\n", name);
	else if (f)
		fprintf(f, "%llu\n", (unsigned long long)info->entry.nr);
	if (!f || fclose(f) != 0)
		exit(126);
}

#if defined(__x86_64__)
static void
skip_call(pid_t tid)
{
	struct user_regs_struct r;

	ptrace(PTRACE_GETREGS, tid, 0, &r);
	r.orig_rax = (unsigned long long)-1;
	ptrace(PTRACE_SETREGS, tid, 0, &r);
}

static void
set_result(pid_t tid, long value)
{
	struct user_regs_struct r;

	ptrace(PTRACE_GETREGS, tid, 0, &r);
	r.rax = (unsigned long long)value;
	ptrace(PTRACE_SETREGS, tid, 0, &r);
}
#elif defined(__i386__)
static void
skip_call(pid_t tid)
{
	struct user_regs_struct r;

	ptrace(PTRACE_GETREGS, tid, 0, &r);
	r.orig_eax = -1;
	ptrace(PTRACE_SETREGS, tid, 0, &r);
}

static void
set_result(pid_t tid, long value)
{
	struct user_regs_struct r;

	ptrace(PTRACE_GETREGS, tid, 0, &r);
	r.eax = value;
	ptrace(PTRACE_SETREGS, tid, 0, &r);
}
#elif defined(__aarch64__)
static void
skip_call(pid_t tid)
{
	int none = -1;
	struct iovec v = {&none, sizeof none};

	ptrace(PTRACE_SETREGSET, tid, NT_ARM_SYSTEM_CALL, &v);
}

static void
set_result(pid_t tid, long value)
{
	struct user_regs_struct r;
	struct iovec v = {&r, sizeof r};

	ptrace(PTRACE_GETREGSET, tid, NT_PRSTATUS, &v);
	r.regs[0] = (unsigned long long)value;
	ptrace(PTRACE_SETREGSET, tid, NT_PRSTATUS, &v);
}
#else
#error "inject: this machine's registers are not known"
#endif

static void
on_entry(pid_t leader, pid_t tid, const struct __ptrace_syscall_info *info)
{
	if (!is_meant(leader, info))
		return;
	job.count++;
	if (job.kill && job.count == job.target) {
		report(info);
		(void)kill(leader, SIGKILL);
	}
	if (job.kill)
		return;
	if (job.count == job.target ||
	    (job.from_then_on && job.count > job.target)) {
		report(info);
		skip_call(tid);
		*failing(tid) = true;
	}
}

static void
on_stop(pid_t leader, pid_t tid)
{
	struct __ptrace_syscall_info info;

	if (ptrace(PTRACE_GET_SYSCALL_INFO, tid, sizeof info, &info) <= 0)
		return;
	if (info.op == PTRACE_SYSCALL_INFO_ENTRY) {
		on_entry(leader, tid, &info);
	} else if (info.op == PTRACE_SYSCALL_INFO_EXIT && *failing(tid)) {
		set_result(tid, -job.error);
		*failing(tid) = false;
	}
}

/* Waits until all threads have ended; returns the leader's status. */
static int
follow(pid_t leader)
{
	int status, ended = 126;
	pid_t tid;

	while ((tid = waitpid(-1, &status, __WALL)) > 0) {
		int sig = 0;

		if (WIFEXITED(status) || WIFSIGNALED(status)) {
			if (tid == leader)
				ended = WIFEXITED(status)
					    ? WEXITSTATUS(status)
					    : 128 + WTERMSIG(status);
			continue;
		}
		if (WSTOPSIG(status) == (SIGTRAP | 0x80))
			on_stop(leader, tid);
		else if (status >> 16 == 0 && WSTOPSIG(status) != SIGSTOP &&
			 WSTOPSIG(status) != SIGTRAP)
			sig = WSTOPSIG(status);
		(void)ptrace(PTRACE_SYSCALL, tid, 0, sig);
	}
	return ended;
}

/* LeakSanitizer cannot inspect a traced process. */
static void
look_for_no_leaks(void)
{
	const char *old = getenv("ASAN_OPTIONS");
	char options[1000];

	(void)snprintf(options, sizeof options, "%s%sdetect_leaks=0",
	    old ? old : "", old ? ":" : "");
	(void)setenv("ASAN_OPTIONS", options, 1);
}

static int
run(char **argv)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		(void)ptrace(PTRACE_TRACEME, 0, 0, 0);
		(void)raise(SIGSTOP);
		look_for_no_leaks();
		(void)execvp(*argv, argv);
		_exit(126);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid ||
	    ptrace(PTRACE_SETOPTIONS, pid, 0,
		PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACECLONE |
		    PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK |
		    PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL) != 0) {
		perror("inject: ptrace");
		return 126;
	}
	/* Only calls after exec count. */
	(void)ptrace(PTRACE_CONT, pid, 0, 0);
	if (waitpid(pid, &status, 0) != pid || !WIFSTOPPED(status)) {
		fprintf(stderr, "inject: %s: cannot be run\n", *argv);
		return 126;
	}
	(void)ptrace(PTRACE_SYSCALL, pid, 0, 0);
	return follow(pid);
}

static int
error_number(const char *name)
{
	for (size_t i = 0; i < sizeof errors / sizeof *errors; i++)
		if (strcmp(errors[i].name, name) == 0)
			return errors[i].number;
	fprintf(stderr, "inject: unknown error %s\n", name);
	exit(126);
}

int
main(int argc, char **argv)
{
	char *end = NULL;
	int fd;

	if (argc < 5)
		return 126;
	job.report = argv[1];
	fd = open(job.report, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0 || close(fd) != 0)
		return 126;
	if (strcmp(argv[2], "kill") == 0 && argc > 5) {
		job.kill = true;
		job.names = argv[3];
		job.target = strtol(argv[4], NULL, 10);
		return run(argv + 5);
	}
	if (strcmp(argv[2], "lack") == 0) {
		job.error = ENOSYS;
		job.names = argv[3];
		job.target = 1;
		job.from_then_on = true;
		return run(argv + 4);
	}
	if (strcmp(argv[2], "fail") != 0 || argc < 7)
		return 126;
	job.error = error_number(argv[3]);
	job.names = argv[4];
	job.target = strtol(argv[5], &end, 10);
	job.from_then_on = end && *end == '+';
	return run(argv + 6);
}
