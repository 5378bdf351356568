/* SPDX-License-Identifier: ISC */
/* floor FILE DIR BYTES: cuts the file into pieces of so many bytes, hashes each
 * and syncs it to disk, by as many threads as there are processors: the work of
 * recsplit without MP3. */
#include <fcntl.h>
#include <openssl/evp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { CHUNK = 1 << 17, THREADS_MAX = 8 };

static int in;
static const char *dir;
static size_t size, most;
static atomic_size_t next;

static void
must(int ok)
{
	if (!ok) {
		perror("floor");
		exit(1);
	}
}

static void
copy(int out, size_t at, size_t end)
{
	EVP_MD_CTX *hash = EVP_MD_CTX_new();
	unsigned char *chunk = malloc(CHUNK), sum[32];

	must(chunk && hash && EVP_DigestInit_ex(hash, EVP_sha256(), NULL));
	while (at < end) {
		size_t want = end - at < CHUNK ? end - at : CHUNK;
		ssize_t n = pread(in, chunk, want, (off_t)at);

		must(n > 0 && EVP_DigestUpdate(hash, chunk, (size_t)n) &&
		     write(out, chunk, (size_t)n) == n);
		at += (size_t)n;
	}
	must(EVP_DigestFinal_ex(hash, sum, NULL));
	EVP_MD_CTX_free(hash);
	free(chunk);
}

static void *
work(void *arg)
{
	size_t i;

	while ((i = atomic_fetch_add(&next, 1)) * most < size) {
		size_t at = i * most;
		char name[4096];
		int out;

		(void)snprintf(name, sizeof name, "%s/%zu", dir, i);
		out = open(name, O_CREAT | O_TRUNC | O_WRONLY, 0600);
		must(out >= 0);
		copy(out, at, size - at < most ? size : at + most);
		must(fsync(out) == 0 && close(out) == 0);
	}
	return arg;
}

int
main(int argc, char **argv)
{
	long threads = sysconf(_SC_NPROCESSORS_ONLN), begun = 0;
	pthread_t thread[THREADS_MAX];
	struct stat st;

	if (argc != 4 || (most = strtoul(argv[3], NULL, 10)) == 0)
		return 2;
	dir = argv[2];
	in = open(argv[1], O_RDONLY);
	must(in >= 0 && fstat(in, &st) == 0);
	size = (size_t)st.st_size;
	while (begun < THREADS_MAX && begun + 1 < threads &&
	       pthread_create(&thread[begun], NULL, work, NULL) == 0)
		begun++;
	(void)work(NULL);
	while (begun > 0)
		must(pthread_join(thread[--begun], NULL) == 0);
	return 0;
}
