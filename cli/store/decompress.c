// SPDX-License-Identifier: LGPL-2.1-or-later
/* decompress.c - a frame of what zstd has made of its encoding */
#include "store/codec.h"
#include "store/libs.h"

#include <errno.h>
#include <stdlib.h>

void frame_decoder_free(struct frame_decoder *decoder)
{
	if (decoder->zstd)
		ZSTD_freeDCtx(decoder->zstd);
	bytes_free(&decoder->before);
	bytes_free(&decoder->plain);
	free(decoder->spare);
	free(decoder->fresh);
	free(decoder->changed);
	free(decoder->gone);
}

/* What comes out is bounded, however little goes in. */
static int decompress(struct frame_decoder *decoder, const uint8_t *data,
		      size_t len)
{
	int ret = store_libs_load();
	unsigned long long size;
	uint8_t *to;

	if (ret < 0)
		return ret;
	/* more than that, too, if it is not known */
	size = ZSTD_getFrameContentSize(data, len);
	if (size > FRAME_MAX)
		return -EBADMSG;
	if (!decoder->zstd)
		decoder->zstd = ZSTD_createDCtx();
	to = bytes_extend(&decoder->plain, (size_t)size);
	if (!decoder->zstd || !to || decoder->before.failed)
		return -ENOMEM;
	ZSTD_DCtx_refPrefix(decoder->zstd, decoder->before.data,
			    decoder->before.used);
	return ZSTD_decompressDCtx(decoder->zstd, to, (size_t)size, data,
				   len) == size
		       ? 0
		       : -EBADMSG;
}

int frame_decode(struct frame_decoder *decoder, const uint8_t *data, size_t len,
		 struct frame *frame)
{
	int ret;

	decoder->before.used = 0;
	decoder->plain.used = 0;
	frame_payloads(frame, &decoder->before);
	ret = decompress(decoder, data, len);
	if (ret == 0)
		ret = frame_unpack(decoder, decoder->plain.data,
				   decoder->plain.used, frame);
	else
		frame_free(frame);
	return ret;
}
