/* SPDX-License-Identifier: ISC */
#include "picture.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "mem.h"
#include "mix.h"
#include "num.h"
#include "text.h"
#include "when.h"

/* In the picture's units; the waveform has one column for each. */
enum {
	COLUMNS = 1032,
	LEFT = 136, /* for the names of the channels */
	MARGIN = 28,
	WIDTH = LEFT + COLUMNS + MARGIN,
	TOP = 104, /* of the first lane */
	LANE = 132,
	GAP = 10,  /* between lanes */
	BAND = 24, /* above the lanes: the names of the segments */
	AXIS = 32,
	ROW = 18, /* of the names of the cuts */
	ROWS_MOST = 3,
	LETTER = 7 /* approximate width */
};

struct column {
	float top;     /* largest amplitude */
	double energy; /* sum of squares */
	uint32_t samples;
};

struct picture_span {
	int64_t from, to;
	char *label;
};

struct spans {
	struct picture_span *span;
	size_t count;
};

struct picture {
	int64_t from, length;
	unsigned rate;
	int channels;
	struct spans segments, cuts;
	struct column column[2][COLUMNS];
};

static struct picture *
make_picture(int64_t from, int64_t to, unsigned rate, int channels)
{
	struct picture *p = mem_alloc(sizeof *p);

	p->from = from;
	p->length = to > from ? to - from : 1;
	p->rate = rate;
	p->channels = channels;
	return p;
}

static void
free_spans(struct spans *s)
{
	for (size_t i = 0; i < s->count; i++)
		free(s->span[i].label);
	free(s->span);
}

void
picture_free(struct picture *p)
{
	if (!p)
		return;
	free_spans(&p->segments);
	free_spans(&p->cuts);
	free(p);
}

static void
add_picture_span(struct spans *s, int64_t from, int64_t to, const char *label)
{
	s->span = mem_resize(s->span, s->count + 1, sizeof *s->span);
	s->span[s->count++] =
	    (struct picture_span){from, to, text_dup(label ? label : "")};
}

static void
add_segment(struct picture *p, int64_t from, int64_t to, const char *label)
{
	add_picture_span(&p->segments, from, to, label);
}

static void
draw_cut(struct picture *p, int64_t from, int64_t to, const char *label)
{
	add_picture_span(&p->cuts, from, to, label);
}

/* The column of a sample, and the first sample after it. */
static size_t
column_of(const struct picture *p, int64_t at, int64_t *end)
{
	/* 10^9 s at 192000 Hz in 1032 columns is 2 x 10^17: within 64 bits. */
	int64_t c = (at - p->from) * COLUMNS / p->length;

	c = c < 0 ? 0 : c >= COLUMNS ? COLUMNS - 1 : c;
	*end = p->from + ((c + 1) * p->length + COLUMNS - 1) / COLUMNS;
	return (size_t)c;
}

static void
add_to_column(struct column *c, const float *x, size_t n)
{
	float top = c->top, energy = 0;

	for (size_t i = 0; i < n; i++) {
		float a = fabsf(x[i]);
		top = a > top ? a : top;
		energy += a * a;
	}
	c->top = top;
	c->energy += (double)energy;
	c->samples += (uint32_t)n;
}

void
picture_add(
    struct picture *p, int64_t at, const float *const channel[2], size_t n)
{
	size_t done = 0;

	while (done < n) {
		int64_t end;
		size_t c = column_of(p, at, &end), now = n - done;

		if (end > at && end - at < (int64_t)now)
			now = (size_t)(end - at);
		for (int k = 0; k < p->channels; k++)
			add_to_column(&p->column[k][c], channel[k] + done, now);
		at += (int64_t)now;
		done += now;
	}
}

/* Adds text for XML: characters that are not valid become question marks. */
static void
draw_text(struct buf *b, const char *text, size_t most)
{
	bool utf8 = text_is_utf8(text);
	size_t shown = 0;

	for (const char *s = text; *s; s++) {
		unsigned char c = (unsigned char)*s;

		/* Only whole letters are counted. */
		if ((!utf8 || (c & 0xC0) != 0x80) && ++shown > most)
			break;
		if (c == '<')
			buf_add(b, "&lt;", 4);
		else if (c == '>')
			buf_add(b, "&gt;", 4);
		else if (c == '&')
			buf_add(b, "&amp;", 5);
		else if (c == '"')
			buf_add(b, "&quot;", 6);
		else if (c < ' ' || c == 0x7F || (c > 0x7F && !utf8))
			buf_add(b, "?", 1);
		else
			buf_add(b, s, 1);
	}
	if (shown > most)
		buf_format(b, "…");
}

/* "1:05", "1:01:05", with tenths if they matter. */
static void
add_time(struct buf *b, int64_t tenths, bool fine)
{
	int64_t s = tenths / 10;

	if (s >= 3600)
		buf_format(b, "%lld:%02lld:%02lld", (long long)(s / 3600),
		    (long long)(s / 60 % 60), (long long)(s % 60));
	else
		buf_format(
		    b, "%lld:%02lld", (long long)(s / 60), (long long)(s % 60));
	if (fine)
		buf_format(b, ".%lld", (long long)(tenths % 10));
}

static int64_t
tenths(const struct picture *p, int64_t samples)
{
	return (samples * 10 + p->rate / 2) / p->rate;
}

/* The position of a sample of the call. */
static double
place_x(const struct picture *p, int64_t at)
{
	double x = (double)(at - p->from) * COLUMNS / (double)p->length;

	return LEFT + (x < 0 ? 0 : x > COLUMNS ? COLUMNS : x);
}

static int
lanes_end(const struct picture *p)
{
	return TOP + p->channels * LANE + (p->channels - 1) * GAP;
}

static const char style[] =
    "<style>\n"
    "text{font:12px system-ui,-apple-system,'Segoe UI',Roboto,"
    "'DejaVu Sans',sans-serif;fill:#4b5563}\n"
    ".title{font-size:18px;font-weight:600;fill:#111827}\n"
    ".name{font-weight:600}\n"
    /* An outline, if the line of a cut is behind it. */
    ".time,.cuttext{paint-order:stroke;stroke:#ffffff;stroke-width:5px}"
    ".time{text-anchor:middle}\n"
    ".back{fill:#ffffff}.lane{fill:#f3f4f6}.band{fill:#e0e7ff}\n"
    ".edge{stroke:#818cf8;stroke-width:1;fill:none}\n"
    ".segment{fill:#3730a3;font-weight:600}\n"
    ".grid{stroke:#d1d5db;stroke-width:1}.middle{stroke:#9ca3af;"
    "stroke-width:.6}\n"
    ".c1{fill:#2563eb}.c2{fill:#ea580c}.peak{opacity:.38}\n"
    ".cut{fill:#fecaca;fill-opacity:.75}.hatch{stroke:#dc2626;"
    "stroke-width:1.4}\n"
    ".cuttext{fill:#b91c1c}.cutline{stroke:#dc2626;stroke-width:1}\n"
    "@media (prefers-color-scheme:dark){\n"
    "text{fill:#9ca3af}.title{fill:#f3f4f6}\n"
    ".time,.cuttext{stroke:#0f1420}.back{fill:#0f1420}.lane{fill:#1a2130}.band{"
    "fill:#"
    "27305a}\n"
    ".edge{stroke:#6875d8}.segment{fill:#c7d2fe}\n"
    ".grid{stroke:#374151}.middle{stroke:#4b5563}\n"
    ".c1{fill:#60a5fa}.c2{fill:#fb923c}\n"
    ".cut{fill:#7f1d1d;fill-opacity:.55}.hatch{stroke:#f87171}\n"
    ".cuttext{fill:#fca5a5}.cutline{stroke:#f87171}\n"
    "}\n</style>\n";

static void
write_head(const char *title, const char *subtitle, int height, struct buf *b)
{
	buf_format(b,
	    "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" "
	    "width=\"%d\" height=\"%d\" role=\"img\">\n<title>",
	    WIDTH, height, WIDTH, height);
	draw_text(b, title, 200);
	buf_format(b, "</title>\n%s", style);
	buf_format(b,
	    "<defs><pattern id=\"cut\" width=\"7\" height=\"7\" "
	    "patternUnits=\"userSpaceOnUse\" patternTransform=\"rotate(45)\">"
	    "<line class=\"hatch\" x1=\"0\" y1=\"0\" x2=\"0\" y2=\"7\"/>"
	    "</pattern></defs>\n"
	    "<rect class=\"back\" width=\"%d\" height=\"%d\"/>\n"
	    "<text class=\"title\" x=\"%d\" y=\"34\">",
	    WIDTH, height, MARGIN);
	draw_text(b, title, 100);
	buf_format(b, "</text>\n<text x=\"%d\" y=\"56\">", MARGIN);
	draw_text(b, subtitle, 160);
	buf_format(b, "</text>\n");
}

static void
write_segments(const struct picture *p, struct buf *b)
{
	int top = TOP - BAND, height = lanes_end(p) - top;

	for (size_t i = 0; i < p->segments.count; i++) {
		const struct picture_span *s = &p->segments.span[i];
		double x = place_x(p, s->from), w = place_x(p, s->to) - x;
		double letters = (w - 12) / LETTER;

		buf_format(b, "<g><title>%zu: ", i + 1);
		draw_text(b, s->label, 200);
		buf_format(b, ", ");
		add_time(b, tenths(p, s->from), true);
		buf_format(b, " to ");
		add_time(b, tenths(p, s->to), true);
		buf_format(b,
		    "</title><rect class=\"band\" x=\"%.1f\" y=\"%d\" "
		    "width=\"%.1f\" height=\"%d\" rx=\"4\"/>"
		    "<rect class=\"edge\" x=\"%.1f\" y=\"%d\" width=\"%.1f\" "
		    "height=\"%d\" rx=\"4\"/>",
		    x, top, w, BAND - 2, x, top, w, height);
		if (letters >= 3) {
			buf_format(b,
			    "<text class=\"segment\" x=\"%.1f\" y=\"%d\">",
			    x + 8, top + 15);
			draw_text(b, s->label, (size_t)letters);
			buf_format(b, "</text>");
		}
		buf_format(b, "</g>\n");
	}
}

/* A curve, not a straight line, so that soft speech is visible beside loud
 * speech. */
static double
height_of(double amplitude, double most)
{
	return pow(amplitude / most, 0.7) * (LANE - 12) / 2;
}

static void
write_wave(
    const struct picture *p, int channel, bool rms, double most, struct buf *b)
{
	double middle = TOP + channel * (LANE + GAP) + LANE / 2.0;
	double h[COLUMNS];

	for (int i = 0; i < COLUMNS; i++) {
		const struct column *c = &p->column[channel][i];
		double a = !rms         ? (double)c->top
			   : c->samples ? sqrt(c->energy / c->samples)
					: 0;
		h[i] = height_of(a, most);
	}
	buf_format(b, "<path class=\"c%d%s\" d=\"M%d %.1f", channel + 1,
	    rms ? "" : " peak", LEFT, middle);
	for (int i = 0; i < COLUMNS; i++)
		buf_format(b, "L%d.5 %.1f", LEFT + i, middle - h[i]);
	buf_format(b, "L%d %.1f", LEFT + COLUMNS, middle);
	for (int i = COLUMNS - 1; i >= 0; i--)
		buf_format(b, "L%d.5 %.1f", LEFT + i, middle + h[i]);
	buf_format(b, "Z\"/>\n");
}

static double
loudest(const struct picture *p)
{
	double most = 0.05; /* noise alone must not fill the lane */

	for (int k = 0; k < p->channels; k++)
		for (int i = 0; i < COLUMNS; i++)
			if ((double)p->column[k][i].top > most)
				most = (double)p->column[k][i].top;
	return most;
}

static void
write_lanes(const struct picture *p, struct buf *b)
{
	for (int k = 0; k < p->channels; k++)
		buf_format(b,
		    "<rect class=\"lane\" x=\"%d\" y=\"%d\" width=\"%d\" "
		    "height=\"%d\" rx=\"4\"/>\n",
		    LEFT, TOP + k * (LANE + GAP), COLUMNS, LANE);
}

static void
write_waves(const struct picture *p, const char *const name[2], struct buf *b)
{
	double most = loudest(p);

	for (int k = 0; k < 2 && k < p->channels; k++) {
		int top = TOP + k * (LANE + GAP);

		buf_format(b,
		    "<line class=\"middle\" x1=\"%d\" y1=\"%d\" x2=\"%d\" "
		    "y2=\"%d\"/>\n",
		    LEFT, top + LANE / 2, LEFT + COLUMNS, top + LANE / 2);
		write_wave(p, k, false, most, b);
		write_wave(p, k, true, most, b);
		buf_format(b, "<text class=\"name c%d\" x=\"%d\" y=\"%d\">",
		    k + 1, MARGIN, top + LANE / 2 + 5);
		draw_text(b, name[k], 80);
		buf_format(b, "</text>\n");
	}
}

/* Seconds between two ticks: a round number, at least 80 units apart. */
static int64_t
tick_step(const struct picture *p)
{
	static const int64_t steps[] = {1, 2, 5, 10, 15, 30, 60, 120, 300, 600,
	    900, 1800, 3600, 7200, 14400, 28800};

	for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
		if ((double)(steps[i] * p->rate) * COLUMNS /
			(double)p->length >=
		    80)
			return steps[i];
	return 86400;
}

/* Draws the lines behind the waves, or the times in front of everything. */
static void
write_ticks(const struct picture *p, bool lines, struct buf *b)
{
	int64_t rate = p->rate, step = tick_step(p);
	int64_t s = (p->from + step * rate - 1) / (step * rate) * step;
	int y = lanes_end(p);

	for (; s * rate <= p->from + p->length; s += step) {
		double x = place_x(p, s * rate);

		if (lines) {
			buf_format(b,
			    "<line class=\"grid\" x1=\"%.1f\" y1=\"%d\" "
			    "x2=\"%.1f\" y2=\"%d\"/>\n",
			    x, TOP, x, y + 5);
			continue;
		}
		buf_format(
		    b, "<text class=\"time\" x=\"%.1f\" y=\"%d\">", x, y + 19);
		add_time(b, s * 10, false);
		buf_format(b, "</text>\n");
	}
}

/* The row for the name of each cut, or -1 if there is no room. */
static int
place_names(const struct picture *p, int *row, double *at)
{
	double free_from[ROWS_MOST] = {0, 0, 0};
	int rows = 0;

	for (size_t i = 0; i < p->cuts.count; i++) {
		const struct picture_span *s = &p->cuts.span[i];
		double width = ((double)strlen(s->label) + 14) * LETTER;
		double x = place_x(p, s->from);

		if (x + width > WIDTH - 8)
			x = WIDTH - 8 - width;
		at[i] = x < 8 ? 8 : x;
		row[i] = -1;
		for (int r = 0; r < ROWS_MOST && row[i] < 0; r++)
			if (at[i] >= free_from[r]) {
				row[i] = r;
				free_from[r] = at[i] + width + 6;
				rows = r + 1 > rows ? r + 1 : rows;
			}
	}
	return rows;
}

static void
write_cut(const struct picture *p, const struct picture_span *s, int row,
    double at, struct buf *b)
{
	double x = place_x(p, s->from), w = place_x(p, s->to) - x;
	int bottom = lanes_end(p), y = bottom + AXIS + row * ROW;
	struct buf label = {0};

	draw_text(&label, s->label, 60);
	buf_format(&label, " ");
	add_time(&label, tenths(p, s->from), true);
	buf_format(&label, "–");
	add_time(&label, tenths(p, s->to), true);
	if (w < 1.5)
		w = 1.5;
	buf_format(b,
	    "<g><title>%s</title><rect class=\"cut\" x=\"%.1f\" y=\"%d\" "
	    "width=\"%.1f\" height=\"%d\"/><rect fill=\"url(#cut)\" "
	    "x=\"%.1f\" y=\"%d\" width=\"%.1f\" height=\"%d\"/>",
	    label.s, x, TOP, w, bottom - TOP, x, TOP, w, bottom - TOP);
	if (row >= 0)
		buf_format(b,
		    "<path class=\"cutline\" fill=\"none\" d=\"M%.1f %dV%d\"/>"
		    "<text class=\"cuttext\" x=\"%.1f\" y=\"%d\">%s</text>",
		    x + 0.5, bottom, y + 4, at + 4, y + 12, label.s);
	buf_format(b, "</g>\n");
	buf_free(&label);
}

static void
write_svg(const struct picture *p, const char *title, const char *subtitle,
    const char *const name[2], struct buf *svg)
{
	int *row = mem_alloc((p->cuts.count + 1) * sizeof *row);
	double *at = mem_alloc((p->cuts.count + 1) * sizeof *at);
	int rows = place_names(p, row, at);

	write_head(title, subtitle, lanes_end(p) + AXIS + rows * ROW + 12, svg);
	write_lanes(p, svg);
	write_ticks(p, true, svg);
	write_segments(p, svg);
	write_waves(p, name, svg);
	/* From the last: names are before the lines of later cuts. */
	for (size_t i = p->cuts.count; i-- > 0;)
		write_cut(p, &p->cuts.span[i], row[i], at[i], svg);
	write_ticks(p, false, svg);
	buf_format(svg, "</svg>\n");
	free(row);
	free(at);
}

/* Gets the segments and cuts, at which the waveforms will be drawn. */
struct picture *
picture_begin(const struct session *r)
{
	const struct plan *plan = r->plan;
	unsigned rate = r->set.rate;
	size_t last = plan->recordings - 1;
	struct picture *p =
	    make_picture(num_samples(plan->recording[0].start_us, rate),
		num_samples(plan->recording[last].end_us, rate), rate,
		r->set.channels);

	for (size_t i = 0; i <= last; i++) {
		const struct plan_recording *what = &plan->recording[i];
		struct mix_pad *pad;
		char *label =
		    text_format("%s%s%s", what->queue ? what->queue : "",
			what->queue && what->agent ? ", " : "",
			what->agent ? what->agent : "");

		add_segment(p, num_samples(what->start_us, rate),
		    num_samples(what->end_us, rate), label);
		free(label);
		pad = session_pads(r, what);
		for (size_t k = 0; k < what->cuts; k++) {
			const struct plan_cut *cut = &what->cut[k];
			int64_t from = cut->start_us - pad[k].before_us;
			int64_t to = cut->end_us + pad[k].after_us;

			if (from < what->start_us)
				from = what->start_us;
			if (to > what->end_us)
				to = what->end_us;
			draw_cut(p, num_samples(from, rate),
			    num_samples(to, rate), cut->reason);
		}
		free(pad);
	}
	return p;
}

/* "2026-11-22 10:00:00 UTC, 5:01 of call, 4:12 recorded" */
static char *
subtitle(const struct session *r)
{
	int64_t from = r->plan->recording[0].start_us, to = from, kept = 0;
	char when[WHEN_SIZE] = "";

	for (size_t i = 0; i < r->plan->recordings; i++) {
		struct mix_piece *piece;
		size_t n = session_pieces(r, i, &piece);

		for (size_t k = 0; k < n; k++)
			if (piece[k].kind == MIX_KEEP)
				kept += piece[k].to - piece[k].from;
		to = r->plan->recording[i].end_us;
		free(piece);
	}
	if (r->call->started_us > 0) {
		when_text(r->call->started_us, when);
		when[10] = ' ';
		when[strcspn(when, "Z")] = '\0';
	}
	kept /= r->set.rate;
	to = (to - from) / 1000000;
	return text_format("%s%slength %lld:%02lld, kept %lld:%02lld", when,
	    *when ? " UTC, " : "", (long long)(to / 60), (long long)(to % 60),
	    (long long)(kept / 60), (long long)(kept % 60));
}

void
picture_end(const struct session *r, struct buf *svg)
{
	static const char *const by_role[2] = {"Customer", "Everyone else"};
	static const char *const by_channel[2] = {"Channel 1", "Channel 2"};
	static const char *const mono[2] = {"Everyone", ""};
	char *under = subtitle(r);

	write_svg(r->picture, r->call->id, under,
	    r->set.channels == 1           ? mono
	    : r->set.first == MIX_CUSTOMER ? by_role
					   : by_channel,
	    svg);
	free(under);
}
