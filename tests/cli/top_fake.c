// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * top_fake.c - the screen of top over looks that go wrong
 *
 * top_fake HOW FILE: the first look is that of the capture FILE; the next one
 * "hangs" for ever, "fails", takes "cpu" for long, or its thread "dies";
 * "crashes" ends the process.
 */
#include "sample_timer.h"
#include "top/screen.h"

#include <errno.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>

struct fake {
	struct top_live live;
	const char *how;
	bool begun;
};

static void burn(void)
{
	int64_t until = top_clock_ns() + INT64_C(300000000);

	while (top_clock_ns() < until)
		continue;
}

static int next(struct top_source *source, const struct top_request *request,
		struct top_look *look)
{
	struct fake *fake = source->user;

	if (strcmp(fake->how, "waits") == 0 ||
	    (fake->begun && strcmp(fake->how, "hangs") == 0))
		for (;;)
			pause_for(INT64_C(3600000000000));
	if (fake->begun && strcmp(fake->how, "dies") == 0)
		pthread_exit(NULL);
	if (fake->begun && strcmp(fake->how, "crashes") == 0)
		abort();
	if (fake->begun && strcmp(fake->how, "fails") == 0)
		return -EIO;
	if (fake->begun && strcmp(fake->how, "cpu") == 0)
		burn();
	fake->begun = true;
	return fake->live.source.next(&fake->live.source, request, look);
}

int main(int argc, char **argv)
{
	struct options options = { .from = argc > 2 ? argv[2] : "" };
	struct fake fake = { .how = argc > 1 ? argv[1] : "" };
	struct top_source source = { .next = next, .user = &fake };
	struct ui ui = { .child = { .fd = -1 } };
	int ret = state_init(&ui.state, &options);

	setlocale(LC_CTYPE, "");
	/* the screen takes it for the kernel's */
	ui.state.file = NULL;
	ui.state.status.every_ns = INT64_C(500000000);
	ui.state.status.interval_ns = ui.state.status.every_ns;
	if (ret == 0)
		ret = top_live_open(&fake.live, &options);
	if (ret == 0)
		ret = screen_run(&ui, &source, NULL);
	ui_free(&ui);
	top_live_close(&fake.live);
	return ret != 0;
}
