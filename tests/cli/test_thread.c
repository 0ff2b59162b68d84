// SPDX-License-Identifier: LGPL-2.1-or-later
/* test_thread.c - the thread of top: what it is asked, and what it tells */
#include "top_made.h"
#include "unit.h"

#include <errno.h>
#include <poll.h>
#include <sched.h>

static const struct holder holders[] = { { 101, "alpha", 60000, 2 }, { 0 } };

/*
 * script - a source that notes what it was asked
 * @open: how many looks may go on; else they wait
 * @totals: the next look is one of totals alone
 * @ret: what the next looks return
 * @ends: the thread dies in the next look; @burns: it takes 5 ms of CPU
 */
static struct {
	struct top_source source;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	struct top_request asked[20];
	size_t count;
	size_t open;
	bool totals;
	int ret;
	bool ends;
	bool burns;
} script = {
	.lock = PTHREAD_MUTEX_INITIALIZER,
	.changed = PTHREAD_COND_INITIALIZER,
};

static struct top_thread thread;

static void burn(void)
{
	struct timespec now, begun;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &begun);
	do
		clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	while ((now.tv_sec - begun.tv_sec) * 1000000000 + now.tv_nsec -
		       begun.tv_nsec <
	       5000000);
}

static int next(struct top_source *source, const struct top_request *request,
		struct top_look *look)
{
	struct bytes capture = made_holders(NOON, holders);
	int ret;

	look->snap = made_load(&capture);
	bytes_free(&capture);
	ck_assert_ptr_eq(source, &script.source);
	pthread_mutex_lock(&script.lock);
	script.asked[script.count++ % 20] = *request;
	pthread_cond_broadcast(&script.changed);
	while (script.open < script.count)
		pthread_cond_wait(&script.changed, &script.lock);
	look->totals = script.totals;
	script.totals = false;
	ret = script.ret;
	pthread_mutex_unlock(&script.lock);
	if (script.burns)
		burn();
	if (script.ends) {
		top_look_put(look); /* nobody else can any more */
		pthread_exit(NULL);
	}
	return ret;
}

/* Until it has begun so many looks */
static void await_look(size_t count)
{
	pthread_mutex_lock(&script.lock);
	while (script.count < count)
		pthread_cond_wait(&script.changed, &script.lock);
	pthread_mutex_unlock(&script.lock);
}

static void let_go(size_t count)
{
	pthread_mutex_lock(&script.lock);
	script.open = count;
	pthread_cond_broadcast(&script.changed);
	pthread_mutex_unlock(&script.lock);
}

/* Of a capture, which is read once for each question, unless @live */
static void start(size_t open, bool live, const struct top_request *request)
{
	script.source = (struct top_source){ .next = next,
					     .name = live ? NULL : "kept" };
	script.open = open;
	ck_assert_int_eq(top_thread_start(&thread, &script.source,
					  INT64_C(3600000000000), request),
			 0);
}

/* The next that it hands over; NULL: something else has happened */
static struct top_look *await_news(struct top_status *status)
{
	struct pollfd ready = { .fd = thread.wake, .events = POLLIN };

	ck_assert_int_eq(poll(&ready, 1, 20000), 1);
	return top_thread_take(&thread, status);
}

/* Once no look goes on: it waits for one for a moment only. */
static void stop(void)
{
	struct top_status status;

	do {
		top_look_put(top_thread_take(&thread, &status));
		sched_yield();
	} while (status.looking_ns);
	ck_assert(top_thread_stop(&thread));
}

START_TEST(a_look_is_what_was_asked)
{
	struct top_request request = { .needs = 5, .moment = 7 };
	struct top_status status = { 0 };
	struct top_look *look;

	start(1, false, &request);
	look = await_news(&status);
	ck_assert_ptr_nonnull(look);
	ck_assert_uint_eq(look->needs, 5);
	ck_assert_uint_eq(look->moment, 7);
	ck_assert_uint_eq(look->filter, 0);
	ck_assert_int_ge(look->ended_ns, look->begun_ns);
	ck_assert_int_ge(look->cpu_ns, 0);
	ck_assert(!look->counters.known);
	top_look_put(look);
	ck_assert_int_eq(status.error, 0);
	ck_assert_int_eq(status.looking_ns, 0);
	ck_assert_int_eq(status.every_ns, INT64_C(3600000000000));
	ck_assert_int_eq(status.interval_ns, INT64_C(3600000000000));
	ck_assert(!status.ended);
	/* nothing is new */
	ck_assert_ptr_null(top_thread_take(&thread, &status));
	ck_assert_int_eq(
		poll(&(struct pollfd){ .fd = thread.wake, .events = POLLIN }, 1,
		     0),
		0);
	top_thread_set_every(&thread, 9000000000);
	(void)top_thread_take(&thread, &status);
	ck_assert_int_eq(status.every_ns, 9000000000);
	ck_assert_int_eq(status.interval_ns, 9000000000);
	/* while a look goes on, how long it has */
	request.needs = 6;
	top_thread_ask(&thread, &request);
	await_look(2);
	(void)top_thread_take(&thread, &status);
	ck_assert_int_gt(status.looking_ns, 0);
	/* of two questions meanwhile, the last one is asked */
	request.needs = 8;
	top_thread_ask(&thread, &request);
	request.needs = 9;
	top_thread_ask(&thread, &request);
	let_go(3);
	await_look(3);
	ck_assert_uint_eq(script.asked[1].needs, 6);
	ck_assert_uint_eq(script.asked[2].needs, 9);
	stop();
	ck_assert_uint_eq(script.count, 3);
}
END_TEST

static struct tcpmem_filter *parse(const char *text)
{
	struct tcpmem_filter *filter = NULL;

	ck_assert_int_eq(tcpmem_filter_parse(text, NULL, &filter), 0);
	return filter;
}

START_TEST(a_filter_stays_until_there_is_another)
{
	struct tcpmem_filter *line = parse("held > 1"),
			     *typed = parse("held > 2"),
			     *third = parse("held > 3");
	struct top_request request = { .filter = line };
	struct top_status status;

	start(1, false, &request);
	top_look_put(await_news(&status));
	request.filter = NULL;
	top_thread_ask(&thread, &request);
	await_look(2);
	/* one that comes while it looks, and a question without one */
	request.filter = typed;
	request.filter_number = 1;
	top_thread_ask(&thread, &request);
	request.filter = NULL;
	request.needs = 3;
	top_thread_ask(&thread, &request);
	let_go(4);
	await_look(3);
	top_thread_ask(&thread, &request);
	await_look(4);
	/* one that is never asked is freed */
	request.filter = third;
	request.filter_number = 2;
	top_thread_ask(&thread, &request);
	request.filter = NULL;
	request.filter_number = 3;
	top_thread_ask(&thread, &request);
	let_go(9);
	await_look(5);
	ck_assert_ptr_eq(script.asked[0].filter, line);
	ck_assert_ptr_eq(script.asked[1].filter, line);
	ck_assert_ptr_eq(script.asked[2].filter, typed);
	ck_assert_uint_eq(script.asked[2].needs, 3);
	ck_assert_uint_eq(script.asked[2].filter_number, 1);
	ck_assert_ptr_eq(script.asked[3].filter, typed);
	stop();
	ck_assert_ptr_null(script.asked[script.count - 1].filter);
	ck_assert_uint_eq(script.asked[script.count - 1].filter_number, 3);
	/* the first one is not the thread's */
	tcpmem_filter_free(line);
}
END_TEST

START_TEST(after_totals_a_look_follows_at_once)
{
	struct top_request request = { .needs = 5 };
	struct top_status status;
	struct top_look *look;

	script.totals = true;
	script.burns = true;
	start(1, true, &request);
	look = await_news(&status);
	ck_assert(look->totals);
	top_look_put(look);
	/* which costs too little to tell how often one may look */
	ck_assert_int_eq(status.interval_ns, INT64_C(3600000000000));
	await_look(2);
	top_thread_set_every(&thread, 1);
	let_go(2);
	look = await_news(&status);
	ck_assert(!look->totals);
	ck_assert_int_ge(look->cpu_ns, 5000000);
	ck_assert_int_eq(status.interval_ns, 10 * look->cpu_ns);
	top_look_put(look);
	let_go(99);
	stop();
}
END_TEST

START_TEST(an_error_is_told_and_looks_go_on)
{
	struct top_request request = { .needs = 5 };
	struct top_status status;
	struct top_look *look;

	script.ret = -EIO;
	start(1, false, &request);
	ck_assert_ptr_null(await_news(&status));
	ck_assert_int_eq(status.error, -EIO);
	ck_assert(!status.ended);
	script.ret = 0;
	top_thread_ask(&thread, &request);
	let_go(2);
	look = await_news(&status);
	ck_assert_ptr_nonnull(look);
	ck_assert_int_eq(status.error, 0);
	top_look_put(look);
	/* however it ends */
	script.ends = true;
	top_thread_ask(&thread, &request);
	let_go(3);
	ck_assert_ptr_null(await_news(&status));
	ck_assert(status.ended);
	ck_assert_int_eq(status.looking_ns, 0);
	stop();
}
END_TEST

START_TEST(a_look_that_goes_on_is_not_waited_for)
{
	struct top_request request = { .needs = 5 };

	start(0, false, &request);
	await_look(1);
	ck_assert(!top_thread_stop(&thread));
}
END_TEST

/* ---- what keys ask for ---- */

START_TEST(keys_ask_for_another_look)
{
	static char first[] = "2026-11-22T12:00:00.000Z",
		    last[] = "2026-11-22T12:01:00.000Z";
	char *moments[] = { first, last, NULL };
	struct top_request request;

	begin_ui(&(struct options){ 0 });
	request = state_request(&ui.state);
	start(99, false, &request);
	ui.thread = &thread;
	await_look(1);
	press(TOP_PAST);
	await_look(2);
	ck_assert(script.asked[1].needs & TCPMEM_NEED_PAST);
	press(TOP_PAST);
	await_look(3);
	press(TOP_FILTER);
	type_text("held > 5");
	ui_accept(&ui);
	await_look(4);
	ck_assert_uint_eq(script.asked[3].filter_number, 1);
	ck_assert_ptr_nonnull(script.asked[3].filter);
	ui_show_view(&ui, top_view_find("limits"));
	await_look(5);
	ck_assert(script.asked[4].limits);
	ck_assert_ptr_nonnull(script.asked[4].filter);
	ui_show_view(&ui, top_view_find("blame"));
	await_look(6);
	ck_assert(script.asked[5].blame);
	press(TOP_SLOWER);
	ck_assert_int_eq(thread.every_ns, 4000000000);
	ui_tick(&ui);
	ck_assert_int_eq(ui.state.status.every_ns, 4000000000);
	/* each key of a store that goes to another look */
	ui.state.replay = (struct replay){ moments, 2, 0, NULL, 0 };
	press(TOP_NEXT_LOOK);
	await_look(7);
	ck_assert_str_eq(script.asked[6].at, last);
	ck_assert_uint_eq(script.asked[6].moment, 1);
	press(TOP_FIRST_LOOK);
	await_look(8);
	ck_assert_str_eq(script.asked[7].at, first);
	press(TOP_GO_TO);
	type_text("now");
	ui_accept(&ui);
	await_look(9);
	ck_assert_str_eq(script.asked[8].at, last);
	/* and one that does not */
	press(TOP_NEXT_LOOK);
	press(TOP_HIDE);
	stop();
	ck_assert_uint_eq(script.count, 9);
	ui.thread = NULL;
	ui.state.replay = (struct replay){ 0 };
	end_ui();
}
END_TEST

START_TEST(a_look_that_came_is_shown_at_the_next_tick)
{
	struct top_request request;

	begin_ui(&(struct options){ 0 });
	request = state_request(&ui.state);
	start(1, false, &request);
	ui.thread = &thread;
	while (!ui.state.look) {
		struct pollfd ready = { .fd = thread.wake, .events = POLLIN };

		ck_assert_int_eq(poll(&ready, 1, 20000), 1);
		ui_tick(&ui);
	}
	ck_assert_int_gt(ui.state.status.now_ns, 0);
	ck_assert_uint_eq(ui.state.look_number, 1);
	ck_assert_uint_eq(ui.state.rows.count, 1);
	stop();
	ui.thread = NULL;
	end_ui();
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("thread");
	TCase *tests = tcase_create("thread");

	tcase_add_test(tests, a_look_is_what_was_asked);
	tcase_add_test(tests, a_filter_stays_until_there_is_another);
	tcase_add_test(tests, after_totals_a_look_follows_at_once);
	tcase_add_test(tests, an_error_is_told_and_looks_go_on);
	tcase_add_test(tests, a_look_that_goes_on_is_not_waited_for);
	tcase_add_test(tests, keys_ask_for_another_look);
	tcase_add_test(tests, a_look_that_came_is_shown_at_the_next_tick);
	suite_add_tcase(suite, tests);
	return unit_run(suite);
}
