// SPDX-License-Identifier: LGPL-2.1-or-later
/* test_answer.c - a report in words, of moments that are made up */
#include "capture.h"
#include "report/report.h"
#include "unit.h"

#include <string.h>

#define M      (INT64_C(1) << 20)
#define MINUTE INT64_C(60000000000)

enum { MOMENTS = 8, GROUPS = 3 };

static struct report_moment moment[MOMENTS];
static struct report report;
static struct report_group group[GROUPS];
static struct report_group *groups[GROUPS];
static int64_t series[GROUPS][MOMENTS];

/* Moments a minute apart with what they held, in MiB; -1: not known */
static void begin(size_t count, const int *held)
{
	memset(moment, 0, sizeof(moment));
	report = (struct report){ .key = "process",
				  .only = "",
				  .moment = moment,
				  .count = count,
				  .group = groups };
	/* what is behind the last one is nobody's */
	for (size_t at = count; at < MOMENTS; at++)
		moment[at].apart = true;
	for (size_t at = 0; at < count; at++) {
		moment[at].ns = (int64_t)at * MINUTE;
		moment[at].value[REPORT_HELD] = held[at] < 0 ? TCPMEM_UNKNOWN
							     : held[at] * M;
		if (moment[at].value[REPORT_HELD] >
		    moment[report.peak_at].value[REPORT_HELD])
			report.peak_at = at;
	}
}

#define BEGIN(...)                                                \
	begin(sizeof((const int[]){ __VA_ARGS__ }) / sizeof(int), \
	      (const int[]){ __VA_ARGS__ })

/* What a group held, in MiB; -1: it had no row, -2: not known */
static struct report_group *add_group(const char *name, const int *held)
{
	size_t which = report.group_count++;
	struct report_group *made = &group[which];

	*made = (struct report_group){ .name = (char *)name,
				       .kind = "process",
				       .held = series[which],
				       .peak = TCPMEM_UNKNOWN };
	groups[which] = made;
	for (size_t at = 0; at < report.count; at++) {
		made->held[at] = held[at] == -2 ? TCPMEM_UNKNOWN
				 : held[at] < 0 ? -1
						: held[at] * M;
		if (made->held[at] > made->peak) {
			made->peak = made->held[at];
			made->peak_at = at;
		}
	}
	return made;
}

#define GROUP(name, ...) add_group(name, (const int[]){ __VA_ARGS__ })

/* Without the exact bytes */
static void check_answer(const char *wanted)
{
	struct capture capture;
	char *to;
	bool tag = false;

	capture_begin(&capture);
	report_answer(capture.out, &report);
	(void)capture_text(&capture);
	to = capture.text;
	for (const char *from = capture.text; *from; from++) {
		if (strncmp(from, "<span", 5) == 0)
			tag = true;
		else if (strncmp(from, "</span>", 7) == 0)
			from += 7;
		if (!tag)
			*to++ = *from;
		if (*from == '>')
			tag = false;
	}
	*to = '\0';
	ck_assert_msg(strstr(capture.text, wanted), "%s", capture.text);
	capture_end(&capture);
}

#define AT(minute) "1970-01-01T00:0" #minute ":00Z"

START_TEST(one_look_is_no_course)
{
	BEGIN(5);
	check_answer("<p>One look does not tell whether TCP memory rose: it "
		     "was 5.0M at " AT(0) ". How near");
	check_answer("<p>Seen: 1 moment.</p>");
}
END_TEST

START_TEST(a_rise_has_a_begin_and_an_end)
{
	BEGIN(1, 1, 9, 20, 4);
	check_answer("<p>TCP memory rose from 1.0M to <strong>20.0M</strong> "
		     "at " AT(3) ". It began after " AT(1) "; at the end, " AT(
			     4) ", it was 4.0M. How near");
	check_answer("<p>Seen: 5 moments.</p>");
	BEGIN(1, 1, 9, 20);
	check_answer("It began after " AT(1) ". How near");
}
END_TEST

START_TEST(a_rise_may_not_lead_to_the_peak)
{
	BEGIN(50, 1, 20);
	check_answer(
		"<p>TCP memory rose from 1.0M to <strong>20.0M</strong> "
		"at " AT(2) ". It began after " AT(
			1) ". It was largest, 50.0M at " AT(0) ". How near");
}
END_TEST

START_TEST(what_was_largest_at_first_has_no_begin)
{
	BEGIN(50, 1, 1);
	check_answer("<p>TCP memory was largest, 50.0M at " AT(
		0) ", the first look: when it began was not seen; at the "
		   "end, " AT(2) ", it was 1.0M. How near");
	BEGIN(-1, 50, 50);
	moment[1].apart = true;
	check_answer("50.0M at " AT(1) ", the first look after a gap: when");
	BEGIN(-1, 50, 50);
	check_answer("50.0M at " AT(
		1) ", the first look that compares: when it began was not "
		   "seen; at the end, " AT(2) ", it was 50.0M.");
}
END_TEST

START_TEST(what_moves_little_did_not_rise)
{
	BEGIN(50, 50, 50);
	check_answer("<p>TCP memory did not rise: it was 50.0M at " AT(
		0) ", and 50.0M at " AT(2) ". How near");
	BEGIN(50, 51, 50);
	check_answer("<p>TCP memory rose little: it was 50.0M at " AT(
		0) ", and 50.0M at " AT(2) ". How near");
}
END_TEST

START_TEST(what_does_not_continue_is_told_apart)
{
	/* it rose where nobody looked */
	BEGIN(1, 50, 49);
	moment[1].apart = true;
	check_answer("<p>TCP memory was 1.0M at " AT(0) ", and 50.0M at " AT(
		1) "; the two do not continue each other: when it rose was "
		   "not seen; at the end, " AT(2) ", it was 49.0M. How");
	/* a moment that saw less of the host tells nothing of that */
	BEGIN(1, 50, 50);
	moment[1].left_out = moment[2].left_out = 1;
	check_answer("<p>TCP memory was largest, 50.0M at " AT(
		1) ", the first look that compares: when");
	BEGIN(50, 51, 50, 48);
	moment[3].apart = true;
	check_answer("<p>TCP memory rose little where looks continue each "
		     "other: it was 50.0M at " AT(0) ", and 50.0M at " AT(
			     2) "; at the end, " AT(3) ", it was 48.0M. How");
}
END_TEST

START_TEST(what_is_not_known_is_said)
{
	BEGIN(-1, -1);
	check_answer("<p>What the sockets held is not known. How near the "
		     "kernel's limit was is not known. Whether TCP was under "
		     "memory pressure is not known. </p>\n<p>Seen");
}
END_TEST

START_TEST(who_rose_most_is_named)
{
	struct report_group *most;

	BEGIN(1, 21);
	(void)GROUP("small[1]", 1, 6);
	most = GROUP("<large>", 0, 15);
	most->sockets = 1;
	check_answer(". <strong>&lt;large&gt;</strong> has 75 % of the rise: "
		     "it held 15.0M in 1 socket at " AT(1) ". How");
	most->sockets = 2;
	most->unread = 2 * M;
	most->unsent = 1;
	most->close_wait = 1;
	check_answer("it held 15.0M in 2 sockets at " AT(
		1) ", 2.0M unread by it, 1B not yet acknowledged by its "
		   "peers, 1 in CLOSE_WAIT: its peers closed them and it "
		   "did not. How");
	most->unread = most->unsent = most->close_wait = TCPMEM_UNKNOWN;
	check_answer("2 sockets at " AT(1) ". How");
	most->kind = "hidden";
	check_answer("<strong>what processes have that may not be read"
		     "</strong> has 75 % of");
}
END_TEST

START_TEST(who_rose_by_more_than_all_is_no_part)
{
	BEGIN(10, 30);
	(void)GROUP("a[1]", 1, 21);
	check_answer("<strong>a[1]</strong> has 100 % of the rise: it held");
	BEGIN(10, 30);
	(void)GROUP("a[1]", 1, 22);
	check_answer("<strong>a[1]</strong> rose by more than all together, "
		     "for others fell: it held 22.0M in 0 sockets at " AT(1));
}
END_TEST

START_TEST(who_was_not_seen_before_may_have_risen)
{
	BEGIN(10, 30);
	moment[0].cut = true;
	(void)GROUP("a[1]", -1, 15);
	check_answer("<strong>a[1]</strong> rose most, or was not among the "
		     "largest at " AT(0) ": it held 15.0M in");
	BEGIN(10, 30);
	moment[0].hides = true;
	(void)GROUP("a[1]", -1, 15);
	check_answer("<strong>a[1]</strong> rose most, or was not seen, when "
		     "not all was, at " AT(0) ": it held 15.0M in");
	/* where all was seen, it had nothing */
	BEGIN(10, 30);
	(void)GROUP("a[1]", -1, 15);
	check_answer("<strong>a[1]</strong> has 75 % of the rise");
	/* nobody rose */
	BEGIN(10, 30);
	(void)GROUP("a[1]", 5, 5);
	check_answer("It began after " AT(0) ". How near");
}
END_TEST

static void add_host(int64_t minute, int64_t kernel, int64_t limit,
		     int64_t pressure, bool complete)
{
	const struct report_host host = { minute * MINUTE, kernel, limit,
					  pressure, complete };

	report_add_host(&report, &host);
}

START_TEST(the_limit_is_that_of_the_nearest_moment)
{
	BEGIN(1, 1, 1);
	add_host(0, 5 * M, 10 * M, 0, true);
	add_host(1, 6 * M, 10 * M, 0, true);
	add_host(2, 8 * M, 20 * M, 0, true);
	check_answer("The kernel counted 6.0M at most, " AT(
		1) ": 60.0 % of the 10.0M that tcp_mem allows. </p>");
	check_answer("<p>Seen: 3 moments.</p>");
	/* of as near ones the first */
	BEGIN(1, 1);
	add_host(0, 5 * M, 10 * M, 0, true);
	add_host(1, 6 * M, 12 * M, 0, true);
	check_answer("The kernel counted 5.0M at most, " AT(0) ": 50.0 %");
}
END_TEST

START_TEST(moments_that_do_not_tell_are_counted)
{
	BEGIN(1, 1, 1);
	report.skipped = 2;
	add_host(0, TCPMEM_UNKNOWN, 10 * M, TCPMEM_UNKNOWN, false);
	add_host(1, 0, 10 * M, 0, true);
	add_host(2, 6 * M, TCPMEM_UNKNOWN, 0, false);
	add_host(3, 6 * M, 0, 0, true);
	add_host(4, 3 * M, 10 * M, 0, true);
	check_answer(
		"The kernel counted 3.0M at most in the 2 of 5 looks that "
		"tell it, " AT(
			4) ": 30.0 % of the 10.0M that tcp_mem "
			   "allows. TCP was not under memory pressure in the 4 of 5 "
			   "looks that tell it. </p>");
	check_answer("<p>Seen: 3 moments, spread over time, of 5; <strong>in "
		     "2 of 5 not all was seen</strong>, see below: what is "
		     "said holds for what was seen.</p>");
}
END_TEST

START_TEST(pressure_is_told_since_when)
{
	BEGIN(1, 1, 1);
	add_host(0, 1, 10, 0, true);
	add_host(1, 1, 10, 1, true);
	add_host(2, 1, 10, 1, true);
	check_answer("<strong>TCP was under memory pressure</strong>, first "
		     "seen at " AT(1) ". </p>");
}
END_TEST

START_TEST(what_it_is_of_is_said)
{
	char chains[] = "a[1] does not read & holds up b[2]";

	BEGIN(1, 1);
	report.only = " --netns 'a'";
	report.boots = 2;
	report.chains = chains;
	check_answer("<p>At the peak: a[1] does not read &amp; holds up b[2]."
		     "</p>\n<p>Seen: 2 moments; <strong>of the sockets that"
		     "<code> --netns &#39;a&#39;</code> chooses alone</strong>;"
		     " the kernel's counts are of all; <strong>they are of 2 "
		     "runs of the kernel, or of several hosts</strong>, which "
		     "do not continue each other.</p>");
	*chains = '\0';
	report.boots = 1;
	report.only = "";
	check_answer("</p>\n<p>Seen: 2 moments.</p>\n");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("answer");
	TCase *tc = tcase_create("all");

	tcase_add_test(tc, one_look_is_no_course);
	tcase_add_test(tc, a_rise_has_a_begin_and_an_end);
	tcase_add_test(tc, a_rise_may_not_lead_to_the_peak);
	tcase_add_test(tc, what_was_largest_at_first_has_no_begin);
	tcase_add_test(tc, what_moves_little_did_not_rise);
	tcase_add_test(tc, what_does_not_continue_is_told_apart);
	tcase_add_test(tc, what_is_not_known_is_said);
	tcase_add_test(tc, who_rose_most_is_named);
	tcase_add_test(tc, who_rose_by_more_than_all_is_no_part);
	tcase_add_test(tc, who_was_not_seen_before_may_have_risen);
	tcase_add_test(tc, the_limit_is_that_of_the_nearest_moment);
	tcase_add_test(tc, moments_that_do_not_tell_are_counted);
	tcase_add_test(tc, pressure_is_told_since_when);
	tcase_add_test(tc, what_it_is_of_is_said);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
