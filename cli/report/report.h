/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* report.h - tcpmem report: what many moments tell, as one page of HTML */
#ifndef CLI_REPORT_REPORT_H
#define CLI_REPORT_REPORT_H

#include "session.h"
#include "tcpmem.h"

#include <stdio.h>

/* Of more moments, so many are looked at, evenly spread; no screen has more */
#define REPORT_MOMENTS 240

/* The groups that charts show; what all others hold is one more */
#define REPORT_GROUPS 8

/* Of what leaks or grows, so many are listed and drawn, the largest */
#define REPORT_FINDINGS 100

/* enum report_value - a figure of each moment, TCPMEM_UNKNOWN if unknown */
enum report_value {
	REPORT_HELD,
	REPORT_KERNEL,
	REPORT_SOCKETS,
	REPORT_CLOSE_WAIT,
	REPORT_ORPHANS,
	REPORT_TIME_WAIT,
	REPORT_VALUES,
};

/*
 * struct report_host - what one moment says of the kernel's own count
 * @pressure: 0, 1 or TCPMEM_UNKNOWN, as the others may be
 */
struct report_host {
	int64_t ns;
	int64_t kernel;
	int64_t high_limit;
	int64_t pressure;
	bool complete;
};

/*
 * struct report_moment - what one snapshot says of the whole host
 * @source: arguments of tcpmem that read it: "--from FILE"
 * @apart: it does not continue the one before: another boot, a clock that was
 *	set back, or a @gap, in which looks are missing
 * @cut: it has more groups than are kept; @hides: some of what they hold
 * @lost: a part of the sockets, or their counters: what they held is unknown
 * @left_out: bits of enum tcpmem_warning_code, of parts of the host; two
 *	moments that differ there do not compare
 */
struct report_moment {
	int64_t ns;
	bool apart;
	bool gap;
	char *source;
	int64_t value[REPORT_VALUES];
	int64_t pressure_limit;
	struct report_host host;
	bool cut;
	bool hides;
	bool lost;
	uint32_t left_out;
	int64_t state[TCPMEM_STATE_MAX + 1];
};

/*
 * struct report_group - what a process, or another key, held over time
 * @start, @boot: when the process was started, for pids are used again; else 0
 * @held: one for each moment, see report_held(); @rss: likewise, of a process
 * @peak: the largest of @held; @unread and the others are of that moment
 */
struct report_group {
	char *name;
	const char *kind;
	uint64_t start;
	size_t boot;
	int64_t *held;
	int64_t *rss;
	size_t peak_at;
	int64_t peak;
	int64_t sockets;
	int64_t unread;
	int64_t unsent;
	int64_t close_wait;
};

/* struct report_run - a run of the kernel: so many moments have a trend */
struct report_run {
	struct tcpmem_trend *trend;
	size_t moments;
};

struct report_event {
	int64_t ns;
	char *text;
};

/* struct report_warning - @text: the last one; @count: of moments that had it
 */
struct report_warning {
	char *text;
	size_t count;
};

/*
 * struct report - the moments, in order of time
 * @only: options that choose sockets, as " --state close-wait"; "": all are
 * @skipped: moments that were not looked at, being too many
 * @hosts: so many moments said what the kernel counts, @incomplete of them did
 *	not see all; @limits_known, @pressure_known: of those that tell that
 * @nearest: the one nearest to tcp_mem's limit; @pressed: the first under
 *	pressure
 * @boots: how many runs of the kernel the moments are of, 0: not known;
 *	@boot: the last one
 * @run: those runs, at least one
 * @group: those with the largest peak first, @group_count of them
 * @other: what all that are not shown held
 * @peak_at: the moment at which most was held
 * @warning: those that differ in numbers and names alone once
 * @event: incidents, marks and gaps that the recorder wrote down
 */
struct report {
	const char *key;
	const char *only;
	struct report_moment *moment;
	size_t count;
	size_t skipped;
	size_t hosts;
	size_t incomplete;
	struct report_host nearest;
	struct report_host pressed;
	size_t limits_known;
	size_t pressure_known;
	size_t boots;
	char *boot;
	struct report_group **group;
	size_t group_count;
	int64_t other[REPORT_MOMENTS];
	size_t peak_at;
	struct report_run *run;
	size_t run_count;
	struct report_warning *warning;
	size_t warning_count;
	char *chains;
	struct report_event *event;
	size_t event_count;
	size_t events_left_out;
	void *by_name;
};

/* enum report_link - of two moments, one after the other */
enum report_link {
	REPORT_CONTINUES,
	REPORT_APART, /* the clock was set back between */
	REPORT_GAP,   /* looks are missing between */
};

/*
 * struct report_source - where the moments come from
 * @load: the snapshot of moment @index, and the arguments that read it, which
 *	the caller frees. Return: 0 or -errno.
 * @held: what was held in each, where that is known before it is loaded; of
 *	moments that are too many, the largest are looked at
 * @link: how the moment at @to continues that at @from; NULL: no one knows
 */
struct report_source {
	size_t count;
	const int64_t *held;
	int (*load)(void *user, size_t index, struct tcpmem_snapshot **snap,
		    char **source);
	enum report_link (*link)(void *user, size_t from, size_t to);
	void *user;
};

/*
 * report_choose() - the index of the moment that is looked at as number @at of
 * @wanted: the first, the last, the largest between; without @held evenly
 */
size_t report_choose(const struct report_source *source, size_t wanted,
		     size_t at);

/*
 * report_add_host() - of a moment that need not be looked at; where none was
 * added before, report_gather() does so for those that are
 */
void report_add_host(struct report *report, const struct report_host *host);

/* report_warn() - what could not be seen. Return: 0 or -errno. */
int report_warn(struct report *report, const char *text);

/* report_gather() - reads all moments. Return: 0 or -errno. */
int report_gather(struct report *report, const struct report_source *source);
void report_free(struct report *report);

/*
 * report_run_add() - takes the moment that was added last into its run's trend
 *
 * Return: 0; -ERANGE: two captures of one moment; -errno.
 */
int report_run_add(struct report *report, const struct report_source *source,
		   const struct tcpmem_snapshot *snap);

/* report_groups_add() - what they held at moment @at. Return: 0 or -errno. */
int report_groups_add(struct report *report, size_t at,
		      const struct tcpmem_snapshot *snap);

/* report_groups_rank() - the largest first; what all others held */
void report_groups_rank(struct report *report);
void report_groups_free(struct report *report);

/* report_runs_judge() - of all moments. Return: 0 or -errno. */
int report_runs_judge(struct report *report);

/* report_judged() - of how many moments enough are of one run to tell a trend
 */
size_t report_judged(const struct report *report);
void report_runs_free(struct report *report);

/* report_gather_store() - reads the looks of --from. 0 or -errno */
int report_gather_store(struct session *session, struct report *report);

/* report_from() - "--from 'FILE'", as a shell takes it; NULL: no memory */
char *report_from(const char *file);

/* report_only() - " --state X --netns 'Y'", what was given; NULL: no memory */
char *report_only(const struct options *options);

/* report_shown() - how many groups the charts show */
size_t report_shown(const struct report *report);

/*
 * report_held() - what @group held at a moment; TCPMEM_UNKNOWN: that was not
 * counted, or it was not seen then, and not all was
 */
int64_t report_held(const struct report *report,
		    const struct report_group *group, size_t at);

/* report_part() - what is seen of it; beyond the shown groups: of all others */
int64_t report_part(const struct report *report, size_t group, size_t at);

/*
 * struct report_rise - a rise of what all sockets held, in moments that compare
 * @base: the moment with the least before it; @begin: the last one at which it
 *	had not begun; @top: where it ends
 * @bytes: from @base to @top
 */
struct report_rise {
	bool found;
	size_t base;
	size_t begin;
	size_t top;
	int64_t bytes;
};

/* report_find_rise() - that to the peak; if that is none, the largest */
struct report_rise report_find_rise(const struct report *report);

/* report_is_rise() - whether that is more than what one socket may hold */
bool report_is_rise(int64_t from, int64_t to);

/* report_stretch() - the first moment from which on all compare, up to @at */
size_t report_stretch(const struct report *report, size_t at);

/* report_answer() - paragraphs: when it began, who, why, how near the limit */
void report_answer(FILE *out, const struct report *report);

/* report_findings() - a table of the groups that leak or grow; how many */
size_t report_findings(FILE *out, const struct report *report);

/* report_page() - the whole page */
void report_page(FILE *out, const struct report *report);

/* html_text() - text from anywhere, which cannot become markup */
void html_text(FILE *out, const char *text);

/* html_bytes() - "1.5M", with the exact number as its title */
void html_bytes(FILE *out, int64_t bytes);

/* Cells of a table: text from anywhere, a moment, bytes, a number */
void html_cell_text(FILE *out, const char *text);
void html_cell_time(FILE *out, int64_t ns);
void html_cell_bytes(FILE *out, int64_t bytes);
void html_cell_number(FILE *out, int64_t number);

/*
 * struct chart - a picture in SVG with a time axis
 * @max: the value at its upper edge
 */
struct chart {
	FILE *out;
	const struct report *report;
	double width;
	double height;
	double max;
	bool bytes;
};

/* chart_open() - axes; @title is read out where the picture cannot be seen */
void chart_open(struct chart *chart, const char *title);

/* chart_line() - @colour: up to REPORT_GROUPS, the colour of all others */
void chart_line(const struct chart *chart, const int64_t *values,
		size_t colour);

/* chart_band() - the area between two series, but where held is unknown */
void chart_band(const struct chart *chart, const int64_t *low,
		const int64_t *high, size_t colour, const char *name);
void chart_level(const struct chart *chart, int64_t value, const char *name);
void chart_mark(const struct chart *chart, int64_t ns, const char *name);
void chart_close(const struct chart *chart);

#endif
