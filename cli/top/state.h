/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* state.h - what a look, a key and the time change on the screen */
#ifndef CLI_TOP_STATE_H
#define CLI_TOP_STATE_H

#include "page.h"

/* So long after the last key rows are sorted again. */
#define TOP_IDLE_NS INT64_C(5000000000)

/*
 * state_init() - the view and the order that the options name
 *
 * Return: 0, or an exit code after a message.
 */
int state_init(struct top_state *state, const struct options *options);
void state_free(struct top_state *state);

/* state_can_sort() - whether the view has the column that @order names */
bool state_can_sort(const struct top_view *view, const char *order);

/* state_set_order() - "-held": the largest first */
void state_set_order(struct top_state *state, const char *order);

/* state_request() - what the view on the screen needs; without the filter */
struct top_request state_request(const struct top_state *state);

/*
 * state_show() - a look comes to the screen, unless it is paused
 * @look: its reference is taken over
 *
 * Return: 0 or -errno.
 */
int state_show(struct top_state *state, struct top_look *look);

/* state_rebuild() - the rows again, in another view, order ... */
int state_rebuild(struct top_state *state, bool sort);

/* state_is_moment() - it is a capture: nothing comes before or after it */
bool state_is_moment(const struct top_state *state);

/*
 * state_exit_code() - of the last look; without one, that of a failure, unless
 * it was not waited for
 */
int state_exit_code(const struct top_state *state);

/* state_lacks() - whether the look does not tell what the view shows */
bool state_lacks(const struct top_state *state);

#endif
