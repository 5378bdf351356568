/* SPDX-License-Identifier: ISC */
#include "legfile.h"

#include <errno.h>
#include <sndfile.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "beyond.h"
#include "codec.h"
#include "coded.h"
#include "gsm.h"
#include "io.h"
#include "mem.h"
#include "text.h"

/*
 * A header can be a long chain of chunks. Each costs one step here, and a step
 * and some memory in libsndfile. Real headers have a few dozen; after
 * CHUNKS_MOST the file seems to end.
 */
#define CHUNKS_MOST      1000
#define SMALL_READ       512 /* bytes */
#define SMALL_READS_MOST 20000

struct legfile {
	const char *name; /* the caller's, for messages of legfile_open() */
	int fd;
	SNDFILE *file;
	SF_INFO info;
	struct gsm *gsm;     /* decodes instead of libsndfile, or NULL */
	struct coded *coded; /* the same, for a file with only frames */
	bool bounded;        /* integers: no sample can be out of range */
	bool shorts;         /* 16 bits */
	int small_reads;
	int error; /* of the disk: libsndfile treats it as the end */
	/* The file as libsndfile sees it: [base, length) with a few bytes of
	 * the header replaced. */
	int64_t base, length, at;
	struct {
		int64_t at;
		unsigned char byte[4];
	} patch[2];
	int patches;
	int64_t data_at, data_bytes; /* of a WAV */
	int64_t block_smp;           /* of a coded WAV */
	int64_t short_bytes;         /* how much less than its header says */
	bool plain; /* the number of bytes gives that of samples */
};

static const struct {
	const char *name;
	int format, rate;
} plain_kinds[] = {
    {"ulaw", SF_FORMAT_ULAW, 8000}, {"ul", SF_FORMAT_ULAW, 8000},
    {"mu", SF_FORMAT_ULAW, 8000}, {"ulw", SF_FORMAT_ULAW, 8000},
    {"pcm", SF_FORMAT_ULAW, 8000}, {"pcmu", SF_FORMAT_ULAW, 8000},
    {"alaw", SF_FORMAT_ALAW, 8000}, {"al", SF_FORMAT_ALAW, 8000},
    {"alw", SF_FORMAT_ALAW, 8000}, {"pcma", SF_FORMAT_ALAW, 8000},
    {"gsm", SF_FORMAT_GSM610, 8000}, {"sln", SF_FORMAT_PCM_16, 8000},
    {"slin", SF_FORMAT_PCM_16, 8000}, {"raw", SF_FORMAT_PCM_16, 8000},
    {"sln12", SF_FORMAT_PCM_16, 12000}, {"sln16", SF_FORMAT_PCM_16, 16000},
    {"sln24", SF_FORMAT_PCM_16, 24000}, {"sln32", SF_FORMAT_PCM_16, 32000},
    {"sln44", SF_FORMAT_PCM_16, 44100}, {"sln48", SF_FORMAT_PCM_16, 48000},
    {"sln96", SF_FORMAT_PCM_16, 96000}, {"sln192", SF_FORMAT_PCM_16, 192000},
    {"float32", SF_FORMAT_FLOAT, 8000}, /* mended files */
};

/* The index in plain_kinds, or -1. */
static int
plain_index(const char *format)
{
	for (size_t i = 0; i < sizeof plain_kinds / sizeof *plain_kinds; i++)
		if (strcasecmp(format, plain_kinds[i].name) == 0)
			return (int)i;
	return -1;
}

bool
legfile_has_format(const char *format)
{
	struct payload p;

	return plain_index(format) >= 0 || coded_payload(format, &p);
}

static sf_count_t
vio_length(void *arg)
{
	const struct legfile *f = arg;

	return f->length - f->base;
}

static sf_count_t
vio_seek(sf_count_t offset, int whence, void *arg)
{
	struct legfile *f = arg;
	int64_t from = 0;

	if (whence == SEEK_CUR)
		from = f->at;
	else if (whence == SEEK_END)
		from = vio_length(arg);
	if (offset < -from || offset > INT64_MAX / 4)
		return -1;
	f->at = from + offset;
	return f->at;
}

/* Like io_pread(), but stores the error. */
static ssize_t
read_at(struct legfile *f, void *to, size_t n, int64_t at)
{
	ssize_t got = io_pread(f->fd, to, n, at);

	if (got < 0)
		f->error = errno;
	return got;
}

static sf_count_t
vio_read(void *to, sf_count_t count, void *arg)
{
	struct legfile *f = arg;
	sf_count_t got;

	/* Only headers are read in small steps; sound is read in blocks. */
	if (!f->file && count < SMALL_READ &&
	    ++f->small_reads > SMALL_READS_MOST)
		return 0;
	got = read_at(f, to, (size_t)count, f->base + f->at);
	if (got < 0)
		return 0;
	/*
	 * libsndfile would follow these chunks backwards, in an endless loop.
	 */
	if (!f->file && got == 4 &&
	    (memcmp(to, "LIST", 4) == 0 || memcmp(to, "INFO", 4) == 0))
		memcpy(to, "JUNK", 4);
	for (int i = 0; i < f->patches; i++)
		for (int k = 0; k < 4; k++) {
			int64_t where = f->patch[i].at + k - f->at;
			if (where >= 0 && where < got)
				((unsigned char *)to)[where] =
				    f->patch[i].byte[k];
		}
	f->at += got;
	return got;
}

static sf_count_t
vio_write(const void *from, sf_count_t count, void *arg)
{
	(void)from, (void)count, (void)arg;
	return 0;
}

static sf_count_t
vio_tell(void *arg)
{
	return ((struct legfile *)arg)->at;
}

static uint32_t
little(const unsigned char *p, int n)
{
	uint32_t v = 0;

	while (n-- > 0)
		v = v << 8 | p[n];
	return v;
}

static void
patch(struct legfile *f, int64_t at, int64_t value)
{
	f->patch[f->patches].at = at;
	for (int k = 0; k < 4; k++)
		f->patch[f->patches].byte[k] = (unsigned char)(value >> 8 * k);
	f->patches++;
}

/* The headerless format of a WAVE format tag and width; 0: none. */
static int
raw_sf_format(unsigned tag, unsigned bits)
{
	if (tag == 1)
		return bits == 8    ? SF_FORMAT_PCM_U8
		       : bits == 16 ? SF_FORMAT_PCM_16
		       : bits == 24 ? SF_FORMAT_PCM_24
		       : bits == 32 ? SF_FORMAT_PCM_32
				    : 0;
	if (tag == 3)
		return bits == 32   ? SF_FORMAT_FLOAT
		       : bits == 64 ? SF_FORMAT_DOUBLE
				    : 0;
	return tag == 6 ? SF_FORMAT_ALAW : tag == 7 ? SF_FORMAT_ULAW : 0;
}

/* MS ADPCM, IMA ADPCM and GSM 06.10: their format chunk has the samples of a block,
 * after the size of its extension. */
static bool
has_blocks(unsigned tag)
{
	return tag == 0x02 || tag == 0x11 || tag == 0x31;
}

/* Corrects the size of a WAV's data chunk, if the header's is wrong. */
static void
mend_data(struct legfile *f, int64_t at, int64_t size, int format)
{
	int64_t real = f->length - at - 8;

	f->data_at = at + 8;
	f->data_bytes = size;
	/* Recorders may leave 0, -1 or a maximum of at least this. */
	if (size != 0 && size < 0x7fffff00 && size <= real)
		return;
	if (size != 0 && size <= real && real < 0xffffff00)
		return;
	if (size > 0 && size < 0x7fffff00)
		f->short_bytes = size - real;
	if (real < 0xffffff00) {
		patch(f, 4, f->length - 8);
		patch(f, at + 4, real);
		f->data_bytes = real;
	} else if (format != 0) {
		f->base = at + 8;
		f->info.format = SF_FORMAT_RAW | format;
	}
}

/*
 * A data size that was never written, or that wrapped above 4 GB: the header is
 * corrected while reading if the size fits into it; otherwise the data are read
 * as raw samples.
 */
static void
mend_riff(struct legfile *f)
{
	unsigned char h[28];
	int64_t at = 12;
	int format = 0;

	if (read_at(f, h, 12, 0) != 12 || memcmp(h, "RIFF", 4) != 0 ||
	    memcmp(h + 8, "WAVE", 4) != 0)
		return;
	for (int n = 0; n < CHUNKS_MOST; n++) {
		int64_t size;

		memset(h, 0, sizeof h);
		if (read_at(f, h, sizeof h, at) < 8)
			return;
		size = little(h + 4, 4);
		if (memcmp(h, "fmt ", 4) == 0) {
			format =
			    raw_sf_format(little(h + 8, 2), little(h + 22, 2));
			f->info.channels = (int)little(h + 10, 2);
			f->info.samplerate =
			    (int)(little(h + 12, 4) & INT32_MAX);
			if (size >= 20 && has_blocks(little(h + 8, 2)))
				f->block_smp = little(h + 26, 2);
		}
		if (memcmp(h, "data", 4) == 0) {
			mend_data(f, at, size, format);
			return;
		}
		at += 8 + size + (size & 1);
	}
}

/*
 * A file can have the suffix of a headerless format and a header nevertheless.
 */
static bool
has_header(struct legfile *f, int64_t at)
{
	static const char magic[][5] = {"RIFF", "RIFX", "RF64", "riff", "FORM",
	    ".snd", "dns.", "fLaC", "OggS", "caff"};
	char head[4] = "";

	(void)!read_at(f, head, 4, at);
	for (size_t i = 0; i < sizeof magic / sizeof *magic; i++)
		if (memcmp(head, magic[i], 4) == 0)
			return true;
	return false;
}

/*
 * libsndfile also reads formats that no recorder uses any more, and some of
 * them, such as the Amiga's 8SVX, make it loop endlessly if a chunk has a
 * hostile size.
 */
static bool
is_usual(struct legfile *f)
{
	unsigned char h[12] = "";
	int64_t at = 0;

	if (read_at(f, h, 10, 0) == 10 && memcmp(h, "ID3", 3) == 0) {
		for (int i = 6; i < 10; i++)
			at = at << 7 | (h[i] & 0x7F);
		at += 10;
	}
	(void)!read_at(f, h, sizeof h, at);
	if (memcmp(h, "FORM", 4) == 0)
		return memcmp(h + 8, "AIF", 3) == 0;
	return has_header(f, at) || (h[0] == 0xFF && h[1] >= 0xE0);
}

/* 1: a file of frames, which libsndfile does not support; -1 with why. */
static int
start_coded(struct legfile *f, const struct legfile_plain *how, struct why *why)
{
	const char *dot = strrchr(f->name, '.');
	const char *format = how->format ? how->format : dot ? dot + 1 : "";
	struct payload p;

	if (!coded_payload(format, &p) || has_header(f, 0))
		return 0;
	if (coded_check(f->name, &p, why) != 0)
		return -1;
	f->coded = coded_new(f->fd, &p);
	f->info.samplerate = (int)codec_rate(&p);
	f->info.channels = 1;
	f->info.frames = coded_samples(&p, f->length);
	f->shorts = f->plain = true;
	return 1;
}

static int
headerless(struct legfile *f, const struct legfile_plain *how, struct why *why)
{
	const char *dot = strrchr(f->name, '.'), *format = how->format;
	int i = -1;

	/* FreeSWITCH's native files: call-in.PCMU */
	if (format)
		i = plain_index(format);
	else if (dot)
		i = plain_index(dot + 1);
	if (i < 0 && format)
		return why_set(why, "%s: unknown headerless format '%.40s'",
		    f->name, format);
	if (i < 0 || has_header(f, 0))
		return 0;
	f->info.format = SF_FORMAT_RAW | plain_kinds[i].format;
	f->info.samplerate = how->rate ? (int)how->rate : plain_kinds[i].rate;
	f->info.channels = how->channels ? how->channels : 1;
	f->plain = true;
	return 0;
}

static int
check_facts(
    const struct legfile *f, struct legfile_facts *facts, struct why *why)
{
	const SF_INFO *i = &f->info;
	int64_t beyond = 0;

	if (i->frames <= 0) {
		facts->empty = true;
		return why_set(why, "%s: empty: no audio in it", f->name);
	}
	if (i->samplerate < 1000 || i->samplerate > 768000 || i->channels < 1 ||
	    i->channels > 64)
		return why_set(why,
		    "%s: not telephone audio: %d Hz, %d channels", f->name,
		    i->samplerate, i->channels);
	facts->rate = (unsigned)i->samplerate;
	facts->channels = i->channels;
	facts->samples = i->frames;
	if (f->short_bytes > 0 && f->data_bytes > 0)
		facts->cut_off =
		    (int64_t)((double)f->short_bytes * (double)i->frames /
			      (double)f->data_bytes);
	if (!f->coded && (f->info.format & SF_FORMAT_TYPEMASK) != SF_FORMAT_RAW)
		beyond = beyond_bytes(f->fd, f->length);
	if (beyond < 0) {
		facts->failed = true;
		return why_errno(why, "%s", f->name);
	}
	if (beyond > 0 && beyond < f->length)
		facts->beyond = (int64_t)((double)beyond * (double)i->frames /
					  (double)(f->length - beyond));
	facts->rounded = f->block_smp > 0 ? f->block_smp - 1 : 0;
	facts->plain = f->plain;
	facts->coded = f->coded || f->gsm;
	return 0;
}

/* Headerless or in a WAV, if libsndfile counts the same samples. */
static void
start_gsm(struct legfile *f)
{
	int kind = f->info.format & SF_FORMAT_TYPEMASK;
	bool wav = kind == SF_FORMAT_WAV;
	int64_t from = wav ? f->data_at : 0;
	int64_t bytes = wav ? f->data_bytes : f->length;

	f->shorts = true;
	if ((wav || kind == SF_FORMAT_RAW) && f->info.channels == 1 &&
	    f->info.frames == gsm_samples(bytes, wav))
		f->gsm = gsm_new(f->fd, from, bytes, wav);
}

static int
start_legfile(
    struct legfile *f, const struct legfile_plain *how, struct why *why)
{
	SF_VIRTUAL_IO vio = {
	    vio_length, vio_seek, vio_read, vio_write, vio_tell};
	int kind = start_coded(f, how, why);

	if (kind != 0)
		return kind > 0 ? 0 : -1;
	if (headerless(f, how, why) != 0)
		return -1;
	if (f->info.format == 0)
		mend_riff(f);
	if (f->info.format == 0)
		f->info = (SF_INFO){0};
	if (f->info.format != 0 || is_usual(f))
		f->file = sf_open_virtual(&vio, SFM_READ, &f->info, f);
	if (!f->file && coded_refuse(f->fd, f->name, why))
		return -1;
	if (!f->file)
		return why_set(why, "%s: not an audio file", f->name);
	kind = f->info.format & SF_FORMAT_SUBMASK;
	f->plain |= f->data_at > 0;
	f->shorts = kind == SF_FORMAT_PCM_16;
	f->bounded = (kind >= SF_FORMAT_PCM_S8 && kind <= SF_FORMAT_PCM_U8) ||
		     kind == SF_FORMAT_ULAW || kind == SF_FORMAT_ALAW ||
		     kind == SF_FORMAT_GSM610;
	if (kind == SF_FORMAT_GSM610)
		start_gsm(f);
	return 0;
}

struct legfile *
legfile_open(int fd, const char *name, const struct legfile_plain *plain,
    struct legfile_facts *facts, struct why *why)
{
	static const struct legfile_plain by_name = {.format = NULL};
	struct legfile *f = mem_alloc(sizeof *f);
	struct stat st;

	*facts = (struct legfile_facts){0};
	f->name = name;
	f->fd = fd;
	if (fstat(fd, &st) != 0) {
		facts->failed = true;
		why_errno(why, "%s", name);
		goto bad;
	}
	f->length = st.st_size;
	if (f->length == 0) {
		facts->empty = true;
		why_set(why, "%s: empty: no audio in it", name);
		goto bad;
	}
	if (start_legfile(f, plain ? plain : &by_name, why) == 0 &&
	    check_facts(f, facts, why) == 0 && f->error == 0)
		return f;
	if (f->error != 0) {
		facts->failed = true;
		errno = f->error;
		why_errno(why, "%s", name);
	}
bad:
	legfile_close(f);
	return NULL;
}

/* A float file can contain any value; later code needs finite ones. */
static float
sane(float x)
{
	return x > -16 && x < 16 ? x : x > 0 ? 16 : x < 0 ? -16 : 0;
}

static sf_count_t
next_shorts(struct legfile *f, int16_t *block, sf_count_t count)
{
	ssize_t n;

	if (!f->gsm && !f->coded)
		return sf_readf_short(f->file, block, count);
	n = f->coded ? coded_read(f->coded, block, (size_t)count)
		     : gsm_read(f->gsm, block, (size_t)count);
	if (n < 0)
		f->error = errno;
	return n;
}

/* libsndfile reads 16 bits unchanged, and this is faster than its floats.
 * Blocks of a fixed length can be vectorized. */
static sf_count_t
read_shorts(struct legfile *f, float *out, sf_count_t count)
{
	enum { BLOCK = 4096, STEP = 64 };
	int16_t block[BLOCK];
	sf_count_t done = 0, most = BLOCK / f->info.channels, n;

	while (done < count) {
		float *to = out + done * f->info.channels;

		n = count - done < most ? count - done : most;
		n = next_shorts(f, block, n);
		if (n <= 0)
			break;
		done += n;
		n *= f->info.channels;
		for (; n % STEP != 0; n--)
			to[n - 1] = (float)block[n - 1] / 32768;
		for (sf_count_t i = 0; i < n; i += STEP)
			for (int k = 0; k < STEP; k++)
				to[i + k] = (float)block[i + k] / 32768;
	}
	return done;
}

ssize_t
legfile_read(struct legfile *f, float *out, size_t count, struct why *why)
{
	sf_count_t n;

	if (f->shorts)
		n = read_shorts(f, out, (sf_count_t)count);
	else
		n = sf_readf_float(f->file, out, (sf_count_t)count);
	if (n < 0 || f->error != 0) {
		errno = f->error != 0 ? f->error : EIO;
		return why_errno(why, "%s", f->name);
	}
	if (!f->bounded && !f->shorts)
		for (sf_count_t i = 0; i < n * f->info.channels; i++)
			out[i] = sane(out[i]);
	return n;
}

void
legfile_close(struct legfile *f)
{
	if (!f)
		return;
	if (f->file)
		(void)sf_close(f->file);
	gsm_free(f->gsm);
	coded_free(f->coded);
	free(f);
}
