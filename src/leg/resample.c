/* SPDX-License-Identifier: ISC */
#include "resample.h"

#include <soxr.h>
#include <stdlib.h>

#include "mem.h"
#include "text.h"

struct resample {
	soxr_t soxr;
};

struct resample *
resample_new(double from, double to, struct why *why)
{
	soxr_io_spec_t io = soxr_io_spec(SOXR_FLOAT32_I, SOXR_FLOAT32_I);
	soxr_quality_spec_t quality = soxr_quality_spec(SOXR_HQ, 0);
	soxr_error_t error = NULL;
	soxr_t soxr = soxr_create(from, to, 1, &error, &io, &quality, NULL);
	struct resample *rs;

	if (!soxr || error) {
		why_set(why, "resampling from %g to %g Hz: %s", from, to,
		    error ? error : "not possible");
		soxr_delete(soxr);
		return NULL;
	}
	rs = mem_alloc(sizeof *rs);
	rs->soxr = soxr;
	return rs;
}

int
resample_run(struct resample *rs, const float *in, size_t n, size_t *used,
    float *out, size_t room, size_t *made, struct why *why)
{
	soxr_error_t error =
	    soxr_process(rs->soxr, in, n, used, out, room, made);

	if (error)
		return why_set(why, "resampling: %s", error);
	return 0;
}

void
resample_free(struct resample *rs)
{
	if (!rs)
		return;
	soxr_delete(rs->soxr);
	free(rs);
}
