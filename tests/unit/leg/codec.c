/* SPDX-License-Identifier: ISC */
#include "codec.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#ifdef HAVE_BCG729
#include <bcg729/encoder.h>
#endif
#ifdef HAVE_OPUS
#include <opus/opus.h>
#endif
#ifdef HAVE_OPENCORE_AMRNB
#include <opencore-amrnb/interf_enc.h>
#endif

enum { SECONDS = 2, MOST = 16000 * SECONDS, LAG = 400 };

/* A voice of harmonics whose pitch glides. */
static void
hum(int16_t *out, int samples, int rate)
{
	double phase = 0;

	for (int i = 0; i < samples; i++) {
		double t = (double)i / rate, x = 0;

		phase += 2 * M_PI * (110 + 30 * sin(3 * t)) / rate;
		for (int k = 1; k < 12; k++)
			x += sin(k * phase + k * k) / k;
		out[i] = (int16_t)(x * 4000 * (0.6 + 0.4 * sin(9 * t)));
	}
}

/* The correlation of both, at the best shift. */
static double
likeness(const int16_t *a, const int16_t *b, int n)
{
	double best = 0;

	for (int d = 0; d < LAG; d++) {
		double ab = 0, aa = 1, bb = 1;

		for (int i = 2000; i < n - LAG; i++) {
			ab += (double)a[i] * b[i + d];
			aa += (double)a[i] * a[i];
			bb += (double)b[i + d] * b[i + d];
		}
		best = fmax(best, ab / sqrt(aa * bb));
	}
	return best;
}

static struct payload
payload(const char *words, int type)
{
	struct payload_map map = {0};

	assert_int_equal(payload_parse(&map, words, NULL), 0);
	return payload_of(&map, type);
}

static int16_t sound[MOST], decoded[MOST + CODEC_MOST];
static size_t made;

/* These codecs keep the voice, not the waveform; reversed it is another voice. */
static void
check_sound(int n)
{
	double right = likeness(sound, decoded, n);

	for (int i = 0; i < n / 2; i++) {
		int16_t x = decoded[i];
		decoded[i] = decoded[n - 1 - i];
		decoded[n - 1 - i] = x;
	}
	assert_true(right > 0.5);
	assert_true(likeness(sound, decoded, n) < right / 1.5);
}

static void
give(struct codec *c, const struct payload *p, const unsigned char *b, size_t n)
{
	size_t got = codec_decode(c, b, n, decoded + made);

	assert_int_equal((int64_t)got * p->hz,
	    (int64_t)payload_ticks(p, b, n) * codec_rate(p));
	made += got;
	assert_true(made <= MOST);
}

static void
g729(void **unused)
{
	(void)unused;
#ifdef HAVE_BCG729
	struct payload p = payload("", 18);
	struct codec *c = codec_new(&p);
	bcg729EncoderChannelContextStruct *e = initBcg729EncoderChannel(0);
	unsigned char frame[20];

	made = 0;
	hum(sound, 8000 * SECONDS, 8000);
	/* Two frames in a packet, as is usual. */
	for (int i = 0; i + 160 <= 8000 * SECONDS; i += 160) {
		uint8_t n;
		bcg729Encoder(e, sound + i, frame, &n);
		bcg729Encoder(e, sound + i + 80, frame + 10, &n);
		give(c, &p, frame, 20);
	}
	closeBcg729EncoderChannel(e);
	codec_free(c);
	check_sound(8000 * SECONDS);
#else
	struct payload p = payload("", 18);
	const char *library;
	assert_false(codec_reads(&p, &library));
	assert_string_equal(library, "libbcg729");
#endif
}

static void
opus(void **unused)
{
	(void)unused;
#ifdef HAVE_OPUS
	struct payload p = payload("96=opus/48000/2", 96);
	struct codec *c = codec_new(&p);
	int error;
	OpusEncoder *e =
	    opus_encoder_create(16000, 1, OPUS_APPLICATION_VOIP, &error);
	unsigned char packet[1500];

	made = 0;
	hum(sound, 16000 * SECONDS, 16000);
	for (int i = 0; i + 320 <= 16000 * SECONDS; i += 320)
		give(c, &p, packet,
		    (size_t)opus_encode(
			e, sound + i, 320, packet, sizeof packet));
	opus_encoder_destroy(e);
	codec_free(c);
	check_sound(16000 * SECONDS);
#else
	struct payload p = payload("96=opus/48000/2", 96);
	assert_false(codec_reads(&p, NULL));
#endif
}

#ifdef HAVE_OPENCORE_AMRNB
/* RFC 4867: a frame of a file in both forms of a packet. */
static size_t
pack(unsigned char *to, const unsigned char *frame, size_t n, bool aligned)
{
	if (aligned) {
		to[0] = 0xF0;
		memcpy(to + 1, frame, n);
		return n + 1;
	}
	/* 4 bits of request, 6 of the table, then the speech. */
	memset(to, 0, n + 2);
	to[0] = (unsigned char)(0xF0 | frame[0] >> 4);
	to[1] = (unsigned char)((frame[0] >> 2 & 3) << 6);
	for (size_t i = 1; i < n; i++) {
		to[i] |= frame[i] >> 2;
		to[i + 1] |= (unsigned char)(frame[i] << 6);
	}
	return n + 1;
}
#endif

static void
amr(void **unused)
{
	(void)unused;
#ifdef HAVE_OPENCORE_AMRNB
	static const char *const forms[] = {
	    "97=AMR/8000", "97=AMR/8000/octet-align"};
	static const enum Mode modes[] = {MR122, MR795, MR475};

	hum(sound, 8000 * SECONDS, 8000);
	for (int form = 0; form < 2; form++)
		for (int m = 0; m < 3; m++) {
			struct payload p = payload(forms[form], 97);
			struct codec *c = codec_new(&p);
			void *e = Encoder_Interface_init(0);
			unsigned char frame[64], packet[80];

			made = 0;
			for (int i = 0; i + 160 <= 8000 * SECONDS; i += 160) {
				int n = Encoder_Interface_Encode(
				    e, modes[m], sound + i, frame, 0);
				give(c, &p, packet,
				    pack(packet, frame, (size_t)n, form == 1));
			}
			Encoder_Interface_exit(e);
			codec_free(c);
			check_sound(8000 * SECONDS);
		}
#else
	struct payload p = payload("97=AMR/8000", 97);
	assert_false(codec_reads(&p, NULL));
#endif
}

static void
names(void **unused)
{
	struct payload_map map = {0};
	struct payload p;
	char name[40];

	(void)unused;
	assert_int_equal(payload_parse(&map, "x=PCMU", NULL), -1);
	assert_int_equal(payload_parse(&map, "96=", NULL), -1);
	p = payload_of(&map, 4);
	assert_string_equal(payload_name(&p, name), "G.723.1");
	assert_false(codec_reads(&p, NULL));
	p = payload_of(&map, 111);
	assert_string_equal(payload_name(&p, name), "payload type 111");
	p = payload("101=telephone-event/8000 0=iLBC/8000", 0);
	assert_string_equal(payload_name(&p, name), "iLBC");
	assert_false(codec_reads(&p, NULL));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(g729),
	    cmocka_unit_test(opus), cmocka_unit_test(amr),
	    cmocka_unit_test(names)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
