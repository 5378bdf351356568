/* SPDX-License-Identifier: ISC */
/* distance PORT MS: a line to the server on that port of loopback that
 * delays every byte by MS milliseconds, in both directions, at any rate; prints
 * the port of its near end. Only the first handshake of a connection takes no
 * time. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { CHUNK = 1 << 16, MOST = 1 << 24 };

struct chunk {
	struct chunk *next;
	int64_t due_ns;
	ssize_t n;
	char data[CHUNK];
};

struct line {
	int end[2];
	atomic_int ways;
};

struct way {
	struct line *line;
	int from, to;
};

static int64_t delay_ns;

static void
must(int ok, const char *what)
{
	if (!ok) {
		perror(what);
		exit(1);
	}
}

static int64_t
now_ns(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

/* Waits for new data, or until the first chunk is due. */
static int
wait_for(int fd, int open, const struct chunk *first)
{
	struct pollfd p = {.fd = open ? fd : -1, .events = POLLIN};
	int64_t ns = first ? first->due_ns - now_ns() : 0;
	struct timespec ts = {0, 0};

	if (ns > 0)
		ts = (struct timespec){ns / 1000000000, ns % 1000000000};
	return ppoll(&p, 1, first ? &ts : NULL, NULL) > 0;
}

static int
put(int fd, const char *p, ssize_t n)
{
	while (n > 0) {
		ssize_t put = write(fd, p, (size_t)n);

		if (put <= 0)
			return 0;
		p += put;
		n -= put;
	}
	return 1;
}

static struct chunk *
take(int fd)
{
	struct chunk *c = malloc(sizeof *c);

	must(c != NULL, "distance");
	c->next = NULL;
	c->n = read(fd, c->data, CHUNK);
	c->due_ns = now_ns() + delay_ns;
	return c;
}

/* The end is an empty chunk. */
static void
carry(int from, int to)
{
	struct chunk *first = NULL, **last = &first;
	size_t held = 0;
	int open = 1;

	while (open || first) {
		if (wait_for(from, open && held < MOST, first)) {
			*last = take(from);
			open = (*last)->n > 0;
			held += sizeof **last;
			last = &(*last)->next;
		}
		while (first && first->due_ns <= now_ns()) {
			struct chunk *c = first;

			if (c->n <= 0 || !put(to, c->data, c->n))
				(void)shutdown(to, SHUT_WR);
			first = c->next;
			if (!first)
				last = &first;
			held -= sizeof *c;
			free(c);
		}
	}
}

static void *
one_way(void *arg)
{
	struct way *w = arg;

	carry(w->from, w->to);
	if (atomic_fetch_sub(&w->line->ways, 1) == 1) {
		(void)close(w->line->end[0]);
		(void)close(w->line->end[1]);
		free(w->line);
	}
	free(w);
	return NULL;
}

static void
begin(int near, const struct sockaddr_in *server)
{
	struct line *line = malloc(sizeof *line);
	const int one = 1;

	must(line != NULL, "distance");
	line->end[0] = near;
	line->end[1] = socket(AF_INET, SOCK_STREAM, 0);
	line->ways = 2;
	must(connect(line->end[1], (const struct sockaddr *)server,
		 sizeof *server) == 0,
	    "distance: connect");
	for (int i = 0; i < 2; i++)
		(void)setsockopt(
		    line->end[i], IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	for (int i = 0; i < 2; i++) {
		struct way *w = malloc(sizeof *w);
		pthread_t thread;

		must(w != NULL, "distance");
		*w = (struct way){line, line->end[i], line->end[1 - i]};
		must(
		    pthread_create(&thread, NULL, one_way, w) == 0, "distance");
		(void)pthread_detach(thread);
	}
}

int
main(int argc, char **argv)
{
	struct sockaddr_in a = {
	    .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t n = sizeof a;
	int listener = socket(AF_INET, SOCK_STREAM, 0), near;

	if (argc != 3)
		return 2;
	(void)signal(SIGPIPE, SIG_IGN);
	delay_ns = atoll(argv[2]) * 1000000;
	must(bind(listener, (struct sockaddr *)&a, n) == 0 &&
		 listen(listener, 64) == 0 &&
		 getsockname(listener, (struct sockaddr *)&a, &n) == 0,
	    "distance: listen");
	(void)printf("%d\n", ntohs(a.sin_port));
	(void)fflush(stdout);
	a.sin_port = htons((uint16_t)atoi(argv[1]));
	while ((near = accept(listener, NULL, NULL)) >= 0)
		begin(near, &a);
	return 1;
}
