/* SPDX-License-Identifier: ISC */
#include "lead.h"

#include <string.h>

#include "frames.h"

/* The n bytes of main data before frame `first`, in the order of the stream;
 * fewer if the file does not have them. */
static void
main_data_before(
    const struct mp3 *m, size_t first, unsigned char *end, size_t n)
{
	while (n > 0 && first > 0) {
		struct mpeg f;
		size_t at = mp3_frame(m, --first, &f);
		size_t skip = f.head + f.side;
		size_t take = f.bytes - skip < n ? f.bytes - skip : n;

		memcpy(end - take, m->p + at + f.bytes - take, take);
		end -= take;
		n -= take;
	}
}

static size_t
reaches_back(const struct mp3 *m, size_t frame, struct mpeg *f)
{
	size_t at = mp3_frame(m, frame, f);

	return mpeg_main_data_begin(m->p + at, f);
}

/* Like lead_count(), with the header of each carrier. */
static size_t
count_lead_frames(
    const struct mp3 *m, size_t from, size_t *size, unsigned char header[4])
{
	const struct mp3_stretch *t = mp3_stretch(m, from);
	struct mpeg f;
	size_t back = reaches_back(m, from, &f), room;

	*size = 0;
	if (!m->reservoir)
		return 0;
	if (t->free_bytes == 0) {
		*size = mpeg_room(t->like, 0, 4 + f.side + back, header);
		return 1;
	}
	*size = mpeg_room(t->like, t->free_bytes, 4 + f.side + 1, header);
	room = t->free_bytes - 4 - f.side;
	return back > room ? (back + room - 1) / room : 1;
}

size_t
lead_count(const struct mp3 *m, size_t from, size_t *size)
{
	unsigned char header[4];

	return count_lead_frames(m, from, size, header);
}

size_t
lead_make(const struct mp3 *m, size_t from, size_t carriers, unsigned char *out)
{
	unsigned char data[512], header[4], *end = data + sizeof data;
	size_t size, left;
	struct mpeg f;

	if (count_lead_frames(m, from, &size, header) == 0 || size == 0)
		return 0;
	left = reaches_back(m, from, &f);
	main_data_before(m, from, end, left);
	memset(out, 0, carriers * size);
	for (size_t i = carriers; i-- > 0;) {
		size_t room = size - 4 - f.side;
		size_t take = left < room ? left : room;

		memcpy(out + i * size, header, 4);
		memcpy(out + (i + 1) * size - take, end - take, take);
		end -= take;
		left -= take;
		/* Some decoders only keep the bytes to which a frame refers. */
		out[i * size + 4] = (unsigned char)(f.lsf ? left : left >> 1);
		if (!f.lsf)
			out[i * size + 5] = (unsigned char)((left & 1) << 7);
	}
	return carriers * size;
}
