// SPDX-License-Identifier: LGPL-2.1-or-later
/* decompress.c - a frame of what zstd has made of its encoding */
#include "store/codec.h"
#include "store/libs.h"

#include <errno.h>
#include <malloc.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

/* Arrays of the size of a frame at most; the largest that glibc's heap takes */
#define HEAP_FRAMES 5
#define HEAP_KEPT   (32 << 20)

void frame_decoder_free(struct frame_decoder *decoder)
{
	if (decoder->zstd)
		ZSTD_freeDCtx(decoder->zstd);
	bytes_free(&decoder->before);
	bytes_free(&decoder->plain);
	free(decoder->reused);
	free(decoder->fresh);
	free(decoder->changed);
	free(decoder->gone);
}

/*
 * The pages of all that is made of a look, at once, and kept in the heap: one
 * by one, as arrays come and go, their faults take a third of a look's time.
 */
static void populate_heap(size_t size)
{
#if defined(M_MMAP_THRESHOLD) && defined(MADV_POPULATE_WRITE)
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	char *heap;

	if (size > HEAP_KEPT - page)
		size = HEAP_KEPT - page;
	if (size < page || !mallopt(M_MMAP_THRESHOLD, HEAP_KEPT) ||
	    !mallopt(M_TRIM_THRESHOLD, HEAP_KEPT))
		return;
	heap = malloc(size);
	if (heap)
		(void)madvise(heap + page - (uintptr_t)heap % page, size - page,
			      MADV_POPULATE_WRITE);
	free(heap);
#else
	(void)size;
#endif
}

/* What comes out is bounded, however little goes in. */
static int decompress(struct frame_decoder *decoder, const uint8_t *data,
		      size_t len)
{
	int ret = store_libs_load();
	unsigned long long size;
	size_t used;
	uint8_t *to;

	if (ret < 0)
		return ret;
	/* more than that, too, if it is not known */
	size = ZSTD_getFrameContentSize(data, len);
	if (size > FRAME_MAX)
		return -EBADMSG;
	if (!decoder->zstd) {
		populate_heap(HEAP_FRAMES * (size_t)size);
		decoder->zstd = ZSTD_createDCtx();
	}
	to = bytes_extend(&decoder->plain, (size_t)size);
	if (!decoder->zstd || !to || decoder->before.failed)
		return -ENOMEM;
	used = ZSTD_DCtx_refPrefix(decoder->zstd, decoder->before.data,
				   decoder->before.used);
	if (!ZSTD_isError(used))
		used = ZSTD_decompressDCtx(decoder->zstd, to, (size_t)size,
					   data, len);
	if (used == size)
		return 0;
	return ZSTD_getErrorCode(used) == ZSTD_error_memory_allocation
		       ? -ENOMEM
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
