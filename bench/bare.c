/* SPDX-License-Identifier: ISC */
/* bare IN.wav OUT.mp3: libmp3lame alone, with recmix's settings, one thread: a
 * stereo WAV of 8 kHz and 16 bits from memory to 32 kbit/s. */
#include <lame/lame.h>
#include <stdio.h>
#include <stdlib.h>

enum { HEADER = 44, BLOCK = 576 * 64 };

int
main(int argc, char **argv)
{
	static unsigned char mp3[1 << 20];
	static float left[BLOCK], right[BLOCK];
	FILE *in = argc == 3 ? fopen(argv[1], "rb") : NULL;
	FILE *out = argc == 3 ? fopen(argv[2], "wb") : NULL;
	static short pcm[2 * BLOCK];
	lame_t lame = lame_init();
	size_t n;

	if (!in || !out || fseek(in, HEADER, SEEK_SET) != 0)
		return 1;
	lame_set_num_channels(lame, 2);
	lame_set_in_samplerate(lame, 8000);
	lame_set_out_samplerate(lame, 8000);
	lame_set_mode(lame, STEREO);
	lame_set_brate(lame, 32);
	lame_set_quality(lame, 7);
	lame_set_disable_reservoir(lame, 1);
	lame_set_bWriteVbrTag(lame, 0);
	if (lame_init_params(lame) < 0)
		return 1;
	while ((n = fread(pcm, 4, BLOCK, in)) > 0) {
		for (size_t i = 0; i < n; i++) {
			left[i] = pcm[2 * i];
			right[i] = pcm[2 * i + 1];
		}
		int got = lame_encode_buffer_float(
		    lame, left, right, (int)n, mp3, sizeof mp3);
		if (got < 0 || fwrite(mp3, 1, (size_t)got, out) != (size_t)got)
			return 1;
	}
	int got = lame_encode_flush(lame, mp3, sizeof mp3);
	if (got < 0 || fwrite(mp3, 1, (size_t)got, out) != (size_t)got)
		return 1;
	return fclose(out) != 0;
}
