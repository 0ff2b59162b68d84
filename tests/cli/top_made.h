/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* top_made.h - the screen of top over looks that a test chose */
#ifndef TEST_TOP_MADE_H
#define TEST_TOP_MADE_H

#include "store_made.h"
#include "top/ui.h"

static struct options options;
static struct ui ui;
static struct top_page page;

/* struct holder - a process with so many sockets, the first of which has that
 */
struct holder {
	uint32_t pid;
	const char *comm;
	uint32_t unread;
	uint32_t sockets;
};

/* Each socket holds a page, and its unread bytes are on more of them. */
static inline struct bytes made_holders(int64_t time,
					const struct holder *holder)
{
	uint32_t inode = 1;
	struct made made;

	made_begin(&made, time, 60000, "a-boot");
	made_fact(&made, "tcp_mem_used", 90 << 20);
	made_fact(&made, "tcp_mem_low", 100 << 20);
	made_fact(&made, "tcp_mem_pressure", 150 << 20);
	made_fact(&made, "tcp_mem_high", 200 << 20);
	made_fact(&made, "orphans", 3);
	for (; holder->pid; holder++) {
		uint32_t number =
			made_process(&made, holder->pid, 50, holder->comm);

		for (uint32_t i = 0; i < holder->sockets; i++, inode++)
			made_socket(&made,
				    (struct made_socket){
					    .state = TCPMEM_STATE_ESTABLISHED,
					    .inode = inode,
					    .port = (uint16_t)(holder->pid + i),
					    .remote = 0x0200000a,
					    .unread = i ? 0 : holder->unread,
					    .rmem = i ? 0 : holder->unread,
					    .holder = number,
				    });
	}
	return made_end(&made);
}

/* A look that was asked for all; frees @capture */
static inline struct top_look *made_look_of(struct bytes *capture)
{
	struct top_look *look = top_look_new();

	ck_assert_ptr_nonnull(look);
	look->snap = made_load(capture);
	look->needs = ~(uint32_t)TCPMEM_SUMS_SUFFICE;
	bytes_free(capture);
	return look;
}

/* A look that was asked for all, @after_ms noon */
static inline struct top_look *made_look(int64_t after_ms,
					 const struct holder *holder)
{
	struct bytes capture = made_holders(NOON + after_ms, holder);

	return made_look_of(&capture);
}

static inline void begin_ui(const struct options *how)
{
	options = *how;
	ui = (struct ui){ .child = { .fd = -1 } };
	ck_assert_int_eq(state_init(&ui.state, &options), 0);
	ui.state.status.every_ns = INT64_C(2000000000);
	ui.state.status.interval_ns = ui.state.status.every_ns;
}

static inline void end_ui(void)
{
	ui_free(&ui);
	page_free(&page);
}

static inline void show_look(struct top_look *look)
{
	ck_assert_int_eq(state_show(&ui.state, look), 0);
}

static inline void paint(int width, int height)
{
	page_clear(&page, width, height);
	ui_paint(&ui, &page);
	ck_assert(!page.failed);
}

/* line() - of the screen, without the blanks at its end; -1: the last one */
static inline const char *line(int number)
{
	static char text[4][400];
	static int at;
	size_t index = number < 0 ? page.count - (size_t)-number
				  : (size_t)number;
	size_t len;

	at = (at + 1) % 4;
	ck_assert_uint_lt(index, page.count);
	snprintf(text[at], sizeof(text[at]), "%s", page.line[index].text);
	for (len = strlen(text[at]); len && text[at][len - 1] == ' '; len--)
		text[at][len - 1] = '\0';
	return text[at];
}

/* The name of the cursor's row; "" without one */
static inline const char *cursor(void)
{
	static char name[128];

	*name = '\0';
	if (ui.state.among)
		top_row_name(ui.state.view, ui.state.look,
			     &ui.state.rows.row[ui.state.cursor_at], name,
			     sizeof(name));
	return name;
}

static inline void press(enum top_action action)
{
	ui_action(&ui, action);
}

static inline void type_text(const char *text)
{
	for (; *text; text++)
		ui_type(&ui, text, 1);
}

#endif
