// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * complete.c - completion: the words that may stand at a shell's cursor
 *
 * The scripts in completions/ run "tcpmem __complete WORD...". The last WORD is
 * the one at the cursor, maybe empty. Each line printed is one candidate: the
 * word, a tab, its meaning. A line with a colon is a request to the shell:
 *
 *   :file, :dir	complete names of files, or of directories
 *   :command		complete as the shell does for the command behind it
 *   :list		a comma may follow the candidates below
 */
#include "cli.h"

#include "columns/columns.h"
#include "metrics/metrics.h"
#include "options.h"

#include <ctype.h>
#include <dirent.h>
#include <stdlib.h>
#include <string.h>

/*
 * struct place - the word at the cursor
 * @command: the command on the line; NULL before there is one
 * @word: its characters so far
 * @every: the option --every stands before it
 * @kept: length of the part that completion keeps: "--state=listening," of
 *	"--state=listening,cl"
 * @before: the word before it, of a filter; NULL: there is none
 * @offered: a candidate was printed
 */
struct place {
	const struct command *command;
	const char *word;
	size_t kept;
	bool every;
	const char *before;
	bool offered;
};

static void offer(struct place *place, const char *name, const char *text)
{
	const char *begun = place->word + place->kept;

	if (strncmp(name, begun, strlen(begun)) != 0)
		return;
	printf("%.*s%s\t%s\n", (int)place->kept, place->word, name, text);
	place->offered = true;
}

static void offer_shell(struct place *place, const char *what)
{
	printf(":%s\n", what);
	place->offered = true;
}

/* Completes the last element of a comma list, behind its @sign if any. */
static void begin_list(struct place *place, char sign)
{
	const char *begun = place->word + place->kept;
	const char *comma = strrchr(begun, ',');

	if (comma)
		place->kept = (size_t)(comma + 1 - place->word);
	if (sign && place->word[place->kept] == sign)
		place->kept++;
	puts(":list");
}

/* Whether the list has the element @name already. */
static bool is_listed(const struct place *place, const char *name)
{
	size_t len = strlen(name);

	for (size_t i = 0; i + len < place->kept; i++) {
		const char *at = place->word + i;

		if (strncmp(at, name, len) == 0 && at[len] == ',' &&
		    (!i || strchr(",=+-", at[-1])))
			return true;
	}
	return false;
}

static void offer_listed(struct place *place, const char *name,
			 const char *text)
{
	if (!is_listed(place, name))
		offer(place, name, text);
}

static void offer_table(struct place *place, bool sorting)
{
	const struct command *command = place->command;
	const struct column_table *table = place->every && command->every
						   ? command->every
						   : command->columns;

	for (size_t i = 0; table && i < table->count; i++) {
		const struct column *column = &table->column[i];

		if (!sorting || !column->unsorted)
			offer_listed(place, column_name(column),
				     column_text(column));
	}
}

static void offer_columns(struct place *place)
{
	begin_list(place, '+');
	offer_table(place, false);
}

static void offer_order(struct place *place)
{
	begin_list(place, '-');
	offer_table(place, true);
}

static void offer_each_state(struct place *place)
{
	const char *name;

	for (int i = 0; i <= TCPMEM_STATE_MAX; i++) {
		name = tcpmem_state_describe((enum tcpmem_state)i)->name;
		if (name)
			offer_listed(place, name, "state");
	}
}

static void offer_states(struct place *place)
{
	begin_list(place, 0);
	offer_each_state(place);
}

static void offer_keys(struct place *place)
{
	const char *name;

	begin_list(place, 0);
	for (size_t i = 0; (name = tcpmem_key_describe(i)->name); i++)
		offer_listed(place, name, tcpmem_key_describe(i)->text);
}

static void offer_holders(struct place *place)
{
	const char *name;

	for (int i = 0;
	     (name = tcpmem_holder_source_describe((enum tcpmem_holder_source)i)
			     ->name);
	     i++)
		offer(place, name, "how processes are found");
}

static void offer_groups(struct place *place)
{
	const char *name;

	for (size_t i = 0; (name = metrics_group_name(i)); i++)
		offer(place, name, "kind of groups");
}

static void offer_colors(struct place *place)
{
	const char *name;

	for (int i = 0; (name = options_color_name((enum color)i)); i++)
		offer(place, name, "when there are colours");
}

/* Other characters may be special to the shell or the terminal. */
static bool is_plain(const char *name)
{
	for (const char *c = name; *c; c++)
		if (!isalnum((unsigned char)*c) && !strchr("_.@+-", *c))
			return false;
	return *name && *name != '-';
}

static void offer_netns(struct place *place)
{
	DIR *dir = opendir("/run/netns");
	struct dirent *entry;

	offer(place, "self", "the caller's own");
	while (dir && (entry = readdir(dir)))
		if (is_plain(entry->d_name) && *entry->d_name != '.')
			offer(place, entry->d_name, "as in ip netns");
	if (dir)
		closedir(dir);
}

static bool read_comm(const char *pid, char *comm, size_t size)
{
	char path[64];
	FILE *file;
	bool got;

	snprintf(path, sizeof(path), "/proc/%.20s/comm", pid);
	file = fopen(path, "re");
	if (!file)
		return false;
	got = fgets(comm, (int)size, file);
	fclose(file);
	if (got)
		comm[strcspn(comm, "\n")] = '\0';
	return got && is_plain(comm);
}

/* Of many processes with a name one is enough. */
static void offer_comm(struct place *place, const char *comm)
{
	static char offered[256][32];
	static size_t count;

	for (size_t i = 0; i < count; i++)
		if (strcmp(offered[i], comm) == 0)
			return;
	if (count < ARRAY_SIZE(offered))
		strcpy(offered[count++], comm);
	offer(place, comm, "process");
}

/* Pids if the word is empty or begins with a digit, else names. */
static void offer_processes(struct place *place)
{
	char first = place->word[place->kept];
	DIR *dir = opendir("/proc");
	struct dirent *entry;
	char comm[32];

	while (dir && (entry = readdir(dir))) {
		if (!isdigit((unsigned char)*entry->d_name) ||
		    !read_comm(entry->d_name, comm, sizeof(comm)))
			continue;
		if (!first || isdigit((unsigned char)first))
			offer(place, entry->d_name, comm);
		else
			offer_comm(place, comm);
	}
	if (dir)
		closedir(dir);
}

/* "state listening": a state alone may stand behind the word */
static bool is_before_state(const struct place *place)
{
	return place->before && (strcmp(place->before, "state") == 0 ||
				 strcmp(place->before, "exclude") == 0);
}

static void offer_filter(struct place *place)
{
	const char *name;

	if (is_before_state(place)) {
		offer_each_state(place);
		return;
	}
	for (size_t i = 0; (name = tcpmem_filter_field_describe(i)->name); i++)
		offer(place, name, tcpmem_filter_field_describe(i)->text);
}

/*
 * Arguments by their names in --help: the candidates, or the kind of word that
 * the shell completes; NULL: neither
 */
static const struct {
	const char *arg;
	void (*offer)(struct place *place);
	const char *shell;
} kinds[] = {
	{ "ACTION [DIR]", NULL, "dir" },
	{ "BEFORE [AFTER]", NULL, "file" },
	{ "BYTES", NULL, NULL },
	{ "[CAPTURE]...", NULL, "file" },
	{ "COLUMNS", offer_columns, NULL },
	{ "COMMAND", NULL, "command" },
	{ "DIR", NULL, "dir" },
	{ "EXPR", offer_filter, NULL },
	{ "FILE", NULL, "file" },
	{ "GROUP", offer_groups, NULL },
	{ "HOW", offer_holders, NULL },
	{ "KEY", offer_keys, NULL },
	{ "[KEY]", offer_keys, NULL },
	{ "N", NULL, NULL },
	{ "NETNS", offer_netns, NULL },
	{ "ORDER", offer_order, NULL },
	{ "WHO", offer_processes, NULL },
	{ "PORTS", NULL, NULL },
	{ "RATE", NULL, NULL },
	{ "SIZE", NULL, NULL },
	{ "STATES", offer_states, NULL },
	{ "TEXT", NULL, NULL },
	{ "TIME", NULL, NULL },
	{ "URL", NULL, NULL },
	{ "WHEN", offer_colors, NULL },
};

static void offer_arg(struct place *place, const char *arg)
{
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		if (strcmp(kinds[i].arg, arg) != 0)
			continue;
		if (kinds[i].offer)
			kinds[i].offer(place);
		else if (kinds[i].shell)
			offer_shell(place, kinds[i].shell);
	}
}

static void offer_options(struct place *place)
{
	const struct option_def *def;
	char name[64];

	for (size_t id = 0; id < OPTION_COUNT; id++) {
		def = options_get(place->command, id);
		if (!def)
			continue;
		snprintf(name, sizeof(name), "--%s", def->name);
		offer(place, name, def->text);
		if (!def->letter)
			continue;
		snprintf(name, sizeof(name), "-%c", def->letter);
		offer(place, name, def->text);
	}
}

/* @count: arguments before the cursor; @only: "--" forbids options */
static void offer_positional(struct place *place, int count, bool only)
{
	const struct command *command = place->command;
	const struct option_def *def = NULL;
	const char *value = strchr(place->word, '=');

	if (command->takes_command && count) {
		offer_shell(place, "file"); /* of COMMAND: mostly files */
		return;
	}
	if (!only && strncmp(place->word, "--", 2) == 0 && value)
		def = options_find(command, place->word + 2);
	if (def && def->arg) {
		place->kept = (size_t)(value + 1 - place->word);
		offer_arg(place, def->arg);
		return;
	}
	if (count < command->max_args && command->args &&
	    (only || *place->word != '-'))
		offer_arg(place, command->args);
	/* an empty word would list every filter field */
	if (count >= command->max_args && command->filter &&
	    (*place->word || is_before_state(place)))
		offer_filter(place);
	if (!only && !place->offered)
		offer_options(place);
}

/* @words: behind the command; @count: arguments that its alias brings */
static void complete_command(struct place *place, char **words, int count)
{
	const struct option_def *def = NULL;
	bool only = false;

	for (; words[1]; words++) {
		if (def) {
			def = NULL;
		} else if (!only && strcmp(*words, "--") == 0) {
			only = true;
		} else if (only || **words != '-') {
			count++;
			only |= place->command->takes_command;
			if (count > place->command->max_args)
				place->before = *words;
		} else {
			def = options_expecting(place->command, *words);
			place->every |= strncmp(*words, "--every", 7) == 0;
		}
	}
	place->word = *words;
	if (def)
		offer_arg(place, def->arg);
	else
		offer_positional(place, count, only);
}

/* bash splits "--color=always" into three words. */
static void drop_equals(char **words)
{
	char **to = words;

	for (; *words; words++) {
		if (strcmp(*words, "=") != 0)
			*to++ = *words;
		else if (!words[1])
			*to++ = "";
	}
	*to = NULL;
}

static void offer_words(struct place *place,
			const struct command *const *commands)
{
	for (; *commands; commands++) {
		offer(place, (*commands)->name, (*commands)->text);
		if ((*commands)->alias)
			offer(place, (*commands)->alias, (*commands)->text);
	}
	offer(place, "--help", "lists the commands");
	offer(place, "--version", "the versions of command and library");
}

static bool is_named(const struct command *command, const char *word)
{
	return strcmp(word, command->name) == 0 ||
	       (command->alias && strcmp(word, command->alias) == 0);
}

int complete(const struct command *const *commands, char **words)
{
	struct place place = { .word = "" };

	drop_equals(words);
	if (!words[0] || !words[1]) {
		if (words[0])
			place.word = words[0];
		offer_words(&place, commands);
		return EXIT_DONE;
	}
	while (*commands && !is_named(*commands, words[0]))
		commands++;
	place.command = *commands;
	if (place.command)
		complete_command(&place, words + 1,
				 strcmp(words[0], place.command->name) != 0);
	return EXIT_DONE;
}
