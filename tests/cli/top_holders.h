/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* top_holders.h - the screen of top over six processes, now and later */
#ifndef TEST_TOP_HOLDERS_H
#define TEST_TOP_HOLDERS_H

#include "top_made.h"

static const struct holder holders[] = {
	{ 101, "alpha", 60000, 2 },
	{ 102, "beta", 50000, 1 },
	{ 103, "gamma", 40000, 3 },
	{ 104, "delta", 30000, 1 },
	{ 105, "Beta-two", 20000, 1 },
	{ 106, "zeta", 0, 1 },
	{ 0 },
};

/* Later: alpha has less, gamma is gone, delta has the most; one is new */
static const struct holder later[] = {
	{ 101, "alpha", 10000, 2 },
	{ 102, "beta", 50000, 1 },
	{ 104, "delta", 90000, 1 },
	{ 105, "Beta-two", 20000, 1 },
	{ 107, "new", 70000, 1 },
	{ 106, "zeta", 0, 1 },
	{ 0 },
};

/* The last line of a screen of 80 columns, at first */
#define HINTS                                                                  \
	"? help  q quit  Tab view  Enter sockets  / search  \\ filter  m mark" \
	"  e explain ~"

static inline void begin(void)
{
	begin_ui(&(struct options){ 0 });
	show_look(made_look(0, holders));
	ui.state.status.now_ns = ui.state.look->begun_ns;
}

/* The rows' first letters, in their order */
static inline const char *order(void)
{
	static char text[40];
	size_t len = 0;

	for (size_t i = 0; i < ui.state.rows.count && len < 39; i++) {
		char name[128];

		top_row_name(ui.state.view, ui.state.look,
			     &ui.state.rows.row[i], name, sizeof(name));
		text[len++] = *name;
	}
	text[len] = '\0';
	return text;
}

#endif
