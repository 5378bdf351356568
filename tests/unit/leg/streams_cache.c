/* SPDX-License-Identifier: ISC */
#include "streams_cache.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

enum { FILES = 3, THREADS = 4, ROUNDS = 3000, PACKETS = 20, BYTES = 160 };

static int file[FILES];

static void
put(int fd, const void *p, size_t n)
{
	assert_int_equal(write(fd, p, n), n);
}

static void
put32(int fd, uint32_t v)
{
	put(fd, &v, sizeof v);
}

/* A frame of raw IPv4 with a packet of G.711 (pcap, link type 101). */
static void
put_packet(int fd, unsigned stream, unsigned i)
{
	unsigned char frame[20 + 8 + 12 + BYTES] = {0x45, 0, 0, sizeof frame, 0,
	    0, 0, 0, 64, 17, 0, 0, 192, 0, 2, 1, 192, 0, 2, 2};
	unsigned char *udp = frame + 20, *rtp = udp + 8;

	udp[0] = udp[2] = 0x40;
	udp[1] = udp[3] = (unsigned char)(2 * stream);
	udp[5] = sizeof frame - 20;
	rtp[0] = 0x80;
	rtp[3] = (unsigned char)i;
	rtp[6] = (unsigned char)(i * BYTES >> 8);
	rtp[7] = (unsigned char)(i * BYTES);
	rtp[11] = (unsigned char)(stream + 1);
	memset(rtp + 12, (int)(0x10 + stream), BYTES);
	put32(fd, 1764496800);
	put32(fd, i * 20000);
	put32(fd, sizeof frame);
	put32(fd, sizeof frame);
	put(fd, frame, sizeof frame);
}

/* File n has n + 1 streams. */
static int
make_files(void **state)
{
	static const uint16_t version[2] = {2, 4};

	(void)state;
	for (unsigned n = 0; n < FILES; n++) {
		file[n] = memfd_create("capture", MFD_CLOEXEC);
		put32(file[n], 0xA1B2C3D4);
		put(file[n], version, sizeof version);
		put32(file[n], 0);
		put32(file[n], 0);
		put32(file[n], 65535);
		put32(file[n], 101);
		for (unsigned i = 0; i < PACKETS; i++)
			for (unsigned stream = 0; stream <= n; stream++)
				put_packet(file[n], stream, i);
	}
	return 0;
}

static void
one_file(void **state)
{
	const struct streams *a, *b;
	struct why why;

	(void)state;
	a = streams_cache_get(file[1], NULL, &why);
	b = streams_cache_get(file[1], NULL, &why);
	assert_non_null(a);
	assert_ptr_equal(a, b);
	assert_int_equal(a->parties, 2);
	b = streams_cache_get(file[1], "96=opus/48000/2", &why);
	assert_ptr_not_equal(a, b);
	streams_cache_put(b);
	/* A file stays in the cache while it is used. */
	assert_int_equal(a->parties, 2);
	streams_cache_put(a);
	streams_cache_put(a);
	streams_cache_put(NULL);
}

static void *
use(void *arg)
{
	size_t wrong = 0;

	for (unsigned i = 0; i < ROUNDS; i++) {
		struct why why;
		unsigned n = (i + (unsigned)*(const int *)arg) % FILES;
		const struct streams *s =
		    streams_cache_get(file[n], NULL, &why);

		wrong += !s || s->parties != n + 1 || s->count != n + 1;
		streams_cache_put(s);
	}
	return (void *)wrong; /* NOLINT(performance-no-int-to-ptr) */
}

/* recmix mixes several calls at once. */
static void
threads(void **state)
{
	static const int offset[THREADS] = {0, 1, 2, 0};
	pthread_t thread[THREADS];

	(void)state;
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(
		    pthread_create(&thread[i], NULL, use, (void *)&offset[i]),
		    0);
	for (int i = 0; i < THREADS; i++) {
		void *wrong;

		(void)pthread_join(thread[i], &wrong);
		assert_null(wrong);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(one_file),
	    cmocka_unit_test(threads),
	};

	return cmocka_run_group_tests(tests, make_files, NULL);
}
