/* SPDX-License-Identifier: ISC */
#include "message.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "legfile.h"
#include "mem.h"
#include "resample.h"
#include "sound.h"

enum { CHUNK = 4096 };

/* Speech on the telephone is about 20 dB below full scale. */
static const double least_db = -40, silent_peak = 0.001, most_clipped = 0.005,
		    most_full = 0.05;

/* A wave can reach full scale; one that stays there for 0.4 ms is clipped. */
static void
count_clipped(struct message *m, int channel, float s)
{
	unsigned *run = &m->run[channel], least = m->rate / 2500;

	*run = fabsf(s) >= 0.9995F ? *run + 1 : 0;
	m->full += *run > 0;
	if (*run >= least)
		m->clipped += *run == least ? least : 1;
}

static void
add_frames(struct message *m, const float *frame, size_t n)
{
	m->sample =
	    mem_resize(m->sample, m->samples + n + 1, sizeof *m->sample);
	for (size_t i = 0; i < n; i++) {
		float sum = 0;

		for (int c = 0; c < m->channels; c++) {
			float s = frame[i * (size_t)m->channels + (size_t)c];

			if (fabsf(s) > m->peak)
				m->peak = fabsf(s);
			if (m->channels <= MESSAGE_RUNS)
				count_clipped(m, c, s);
			sum += s;
		}
		m->sample[m->samples++] = sum / (float)m->channels;
	}
}

/* The mean power of the blocks of 20 ms that are not pauses. */
static double
message_loudness(const struct message *m)
{
	size_t block = m->rate / 50 + 1, loud = 0, blocks = 0;
	double sum = 0, all = 0;

	for (size_t i = 0; i + block <= m->samples; i += block) {
		double power = 0;

		for (size_t k = i; k < i + block; k++)
			power += (double)m->sample[k] * m->sample[k];
		power /= (double)block;
		all += power;
		blocks++;
		if (power < 1e-6)
			continue;
		sum += power;
		loud++;
	}
	if (loud == 0) {
		sum = all;
		loud = blocks;
	}
	return sum > 0 ? 10 * log10(sum / (double)loud) : -120;
}

static int
read_message_sound(struct message *m, struct legfile *f, struct why *why)
{
	/* A little more, so that a longer one is noticed. */
	size_t most = (size_t)(m->rate * (MESSAGE_MOST_US / 1000000 + 1));
	float *block = mem_alloc(CHUNK * sizeof *block * (size_t)m->channels);
	ssize_t n = 1;

	while (
	    m->samples < most && (n = legfile_read(f, block, CHUNK, why)) > 0)
		add_frames(m, block, (size_t)n);
	free(block);
	if (n < 0)
		return -1;
	if (m->samples > 0) {
		m->clipped /= (double)m->samples * m->channels;
		m->full /= (double)m->samples * m->channels;
	}
	m->loud_db = message_loudness(m);
	return 0;
}

int
message_read(struct message *m, const char *path, struct why *why)
{
	struct legfile_facts facts = {0};
	struct legfile *f = NULL;
	struct stat st;
	int fd, status = -1;

	*m = (struct message){.path = text_dup(path)};
	/* A named pipe would wait for a writer. */
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0 || fstat(fd, &st) != 0)
		why_set(why, "%s: %s", path, strerror(errno));
	else if (!S_ISREG(st.st_mode))
		why_set(why, "%s: not a regular file", path);
	else if (!(f = legfile_open(fd, path, NULL, &facts, why)))
		;
	else if (facts.channels < 1 || facts.rate < 1)
		why_set(why, "%s: no audio in it", path);
	else
		status = 0;
	if (status == 0) {
		m->rate = facts.rate;
		m->channels = facts.channels;
		m->pcm16_wav = sound_is_pcm16_wav(path);
		status = read_message_sound(m, f, why);
	}
	legfile_close(f);
	if (fd >= 0)
		(void)close(fd);
	if (status != 0)
		message_free(m);
	return status;
}

void
message_free(struct message *m)
{
	free(m->path);
	free(m->sample);
	*m = (struct message){0};
}

int64_t
message_length_us(const struct message *m)
{
	return (int64_t)m->samples * 1000000 / m->rate;
}

bool
message_is_unfit(const struct message *m, struct why *why)
{
	int64_t us = message_length_us(m);

	if (m->samples == 0)
		why_set(why, "%s: no audio in it", m->path);
	else if (us < MESSAGE_LEAST_US)
		why_set(why, "%s: %.2f s long, a message has at least 0.5 s",
		    m->path, (double)us / 1e6);
	else if (us > MESSAGE_MOST_US)
		why_set(why, "%s: longer than 60 s", m->path);
	else if (m->peak < silent_peak)
		why_set(why, "%s: silent", m->path);
	else if (m->loud_db < least_db)
		why_set(why,
		    "%s: too quiet to be heard: %.0f dB, speech is about -20",
		    m->path, m->loud_db);
	else if (m->clipped > most_clipped || m->full > most_full)
		why_set(why, "%s: clipped: %.1f %% of it is at full scale",
		    m->path, m->full * 100);
	else
		return false;
	return true;
}

static bool
has_ending(const char *ending, const char *const *list)
{
	for (; *list; list++)
		if (strcmp(ending, *list) == 0)
			return true;
	return false;
}

/*
 * Asterisk uses the suffix: format_wav.c, format_wav_gsm.c, format_pcm.c,
 * format_sln.c, format_gsm.c, format_g722.c. Its other formats may not be
 * loaded.
 */
static bool
asterisk_plays(const struct message *m, const char *ending)
{
	static const char *const raw[] = {"ulaw", "ul", "mu", "ulw", "pcm",
	    "alaw", "al", "alw", "gsm", "g722", "sln", "slin", "sln12", "sln16",
	    "sln24", "sln32", "sln44", "sln48", "sln96", "sln192", "raw", NULL};

	if (strcmp(ending, "wav") == 0)
		return m->pcm16_wav && m->channels == 1 && m->rate == 8000;
	if (strcmp(ending, "wav16") == 0)
		return m->pcm16_wav && m->channels == 1 && m->rate == 16000;
	if (strcmp(ending, "WAV") == 0)
		return !m->pcm16_wav && m->channels == 1 && m->rate == 8000;
	return has_ending(ending, raw);
}

/* mod_sndfile uses the header, and resamples; MP3 needs mod_shout. */
static bool
freeswitch_plays(const struct message *m, const char *ending)
{
	static const char *const endings[] = {"wav", "WAV", "au", "aiff", "aif",
	    "flac", "ogg", "oga", "ul", "ulaw", "al", "alaw", "r8", "r16",
	    "raw", "gsm", NULL};

	return m->channels <= 2 && has_ending(ending, endings);
}

bool
message_is_unplayable(
    const struct message *m, enum policy_pbx pbx, struct why *why)
{
	const char *slash = strrchr(m->path, '/');
	const char *dot = strrchr(slash ? slash : m->path, '.');
	const char *ending = dot ? dot + 1 : "";
	bool one = asterisk_plays(m, ending);
	bool other = freeswitch_plays(m, ending);

	if (pbx == POLICY_ASTERISK     ? one
	    : pbx == POLICY_FREESWITCH ? other
				       : one || other)
		return false;
	why_set(why,
	    "%s: %s it (.%.20s, %u Hz, %d channel%s%s); recpolicy --message "
	    "converts it",
	    m->path,
	    pbx == POLICY_ASTERISK ? "Asterisk does not play"
	    : pbx == POLICY_FREESWITCH
		? "FreeSWITCH does not play"
		: "neither Asterisk nor FreeSWITCH plays",
	    ending, m->rate, m->channels, m->channels == 1 ? "" : "s",
	    m->pcm16_wav ? "" : ", not 16-bit PCM");
	return true;
}

int
message_convert(struct message *m, unsigned rate, struct why *why)
{
	size_t room = (size_t)((double)m->samples * rate / m->rate) + CHUNK;
	struct resample *rs;
	float *out;
	size_t at = 0, n = 0, used, made = 1;
	int status = 0;

	if (m->rate == rate)
		return 0;
	rs = resample_new(m->rate, rate, why);
	if (!rs)
		return -1;
	out = mem_alloc(room * sizeof *out);
	while (status == 0 && (at < m->samples || made > 0) && n < room) {
		bool more = at < m->samples;

		status = resample_run(rs, more ? m->sample + at : NULL,
		    more ? m->samples - at : 0, &used, out + n, room - n, &made,
		    why);
		at += more ? used : 0;
		n += made;
	}
	resample_free(rs);
	free(m->sample);
	m->sample = out;
	m->samples = n;
	m->rate = rate;
	return status;
}
