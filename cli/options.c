// SPDX-License-Identifier: LGPL-2.1-or-later
/* options.c - parses the options of a command */
#include "options.h"

#include "messages.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

/* getopt codes: the letter, or a number beyond all letters */
#define CODE_BASE 256

static int option_code(size_t id)
{
	return option_defs[id].letter ? option_defs[id].letter
				      : CODE_BASE + (int)id;
}

static bool takes(const struct command *command, size_t id)
{
	const uint8_t *option = command->options;

	while (*option != id && *option != OPTION_HELP)
		option++;
	return *option == id;
}

const struct option_def *options_get(const struct command *command, size_t id)
{
	return takes(command, id) ? &option_defs[id] : NULL;
}

/* The options of a command, for getopt_long() */
struct getopt_tables {
	struct option longs[OPTION_COUNT + 1];
	char letters[2 * OPTION_COUNT + 3];
};

static void make_tables(const struct command *command,
			struct getopt_tables *tables)
{
	struct option *option = tables->longs;
	char *letter = tables->letters;

	memset(tables, 0, sizeof(*tables));
	if (command->takes_command)
		*letter++ = '+'; /* options behind COMMAND are its own */
	*letter++ =
		':'; /* ':' for a missing argument, '?' for a wrong option */
	for (size_t id = 0; id < OPTION_COUNT; id++) {
		if (!takes(command, id))
			continue;
		option->name = option_defs[id].name;
		option->has_arg = option_defs[id].arg ? required_argument
						      : no_argument;
		option->val = option_code(id);
		option++;
		if (!option_defs[id].letter)
			continue;
		*letter++ = option_defs[id].letter;
		if (option_defs[id].arg)
			*letter++ = ':';
	}
}

static const struct option_def *find_def(const struct command *command,
					 int code)
{
	for (size_t id = 0; id < OPTION_COUNT; id++)
		if (takes(command, id) && option_code(id) == code)
			return &option_defs[id];
	return NULL;
}

static int report_unknown(const struct command *command, const char *prefix,
			  const char *word)
{
	char name[64];
	char help[64];
	struct suggest suggest;

	snprintf(name, sizeof(name), "%.*s", (int)strcspn(word, "="), word);
	snprintf(help, sizeof(help), "see 'tcpmem %s --help'", command->name);
	suggest_init(&suggest, name);
	suggest.prefix = prefix;
	for (size_t id = 0; id < OPTION_COUNT; id++)
		if (takes(command, id))
			suggest_offer(&suggest, option_defs[id].name);
	suggest_message(&suggest, "option", help);
	return EXIT_USAGE;
}

/*
 * getopt reports a wrong option by optopt: its code if it is known, its letter
 * if it is short, else 0, and then argv[optind - 1] is the long option.
 */
static int report_wrong(const struct command *command, int opt, char **argv)
{
	const struct option_def *def = find_def(command, optopt);
	char letter[2] = { (char)optopt, '\0' };

	/* a digit is no option, but a negative number in a filter */
	if (command->filter && optopt >= '0' && optopt <= '9') {
		message("'-%s': a filter with a number below 0 stands in quotes, "
			"as one word",
			letter);
		return EXIT_USAGE;
	}
	if (!def && optopt)
		return report_unknown(command, "-", letter);
	if (!def)
		return report_unknown(command, "--", argv[optind - 1] + 2);
	if (opt == ':')
		message("--%s needs an argument: --%s %s", def->name, def->name,
			def->arg);
	else
		message("--%s takes no argument", def->name);
	return EXIT_USAGE;
}

static int set_format(struct options *options, enum format format)
{
	const char *name[2] = { NULL, NULL };

	if (options->format && options->format != format) {
		for (size_t id = 0; id < OPTION_COUNT; id++)
			if (option_defs[id].format == format)
				name[1] = option_defs[id].name;
			else if (option_defs[id].format == options->format)
				name[0] = option_defs[id].name;
		message("--%s and --%s exclude each other", name[0], name[1]);
		return EXIT_USAGE;
	}
	options->format = format;
	return 0;
}

/* Return: nanoseconds in a unit of that name; 0: there is none. */
static double unit_ns(const char *name)
{
	static const struct {
		const char *name;
		double ns;
	} units[] = { { "", 1e9 },   { "ms", 1e6 },   { "s", 1e9 },
		      { "m", 60e9 }, { "h", 3600e9 }, { "d", 86400e9 } };

	for (size_t i = 0; i < ARRAY_SIZE(units); i++)
		if (strcmp(name, units[i].name) == 0)
			return units[i].ns;
	return 0;
}

bool duration_parse(const char *arg, int64_t *ns)
{
	char *end = NULL;
	double value = 0;

	/* strtod() takes signs, blanks, "nan" and hexadecimal numbers */
	if (*arg && strspn(arg, "0123456789.mshd") == strlen(arg))
		value = strtod(arg, &end);
	if (!end)
		return false;
	value *= unit_ns(end);
	if (value < 1e6 || value > 366 * 86400e9)
		return false;
	*ns = (int64_t)value;
	return true;
}

static int apply(const struct option_def *def, const char *arg,
		 struct options *options)
{
	void *field = (char *)options + def->field;

	if (def->set)
		return def->set(options, arg);
	if (def->format)
		return set_format(options, def->format);
	if (def->read)
		return def->read(def->name, arg, field);
	if (def->arg)
		*(const char **)field = arg;
	else
		*(bool *)field = true;
	return 0;
}

int options_parse(const struct command *command, int argc, char **argv,
		  struct options *options, int *first)
{
	struct getopt_tables tables;
	int ret = 0;
	int opt;

	memset(options, 0, sizeof(*options));
	make_tables(command, &tables);
	opterr = 0;
	while (ret == 0 && (opt = getopt_long(argc, argv, tables.letters,
					      tables.longs, NULL)) != -1) {
		if (opt == '?' || opt == ':')
			return report_wrong(command, opt, argv);
		ret = apply(find_def(command, opt), optarg, options);
	}
	*first = optind;
	return ret;
}

void options_help(const struct command *command, FILE *out)
{
	for (size_t id = 0; id < OPTION_COUNT; id++) {
		const struct option_def *def = &option_defs[id];
		char words[40];

		if (!takes(command, id))
			continue;
		snprintf(words, sizeof(words), "%c%c%s--%s%s%s",
			 def->letter ? '-' : ' ',
			 def->letter ? def->letter : ' ',
			 def->letter ? ", " : "  ", def->name,
			 def->arg ? " " : "", def->arg ? def->arg : "");
		fprintf(out, "  %-22s %s\n", words, def->text);
	}
}

const struct option_def *options_find(const struct command *command,
				      const char *word)
{
	size_t len = strcspn(word, "=");

	for (size_t id = 0; id < OPTION_COUNT; id++) {
		const struct option_def *def = options_get(command, id);

		if (def && strlen(def->name) == len &&
		    strncmp(def->name, word, len) == 0)
			return def;
	}
	return NULL;
}

/* The last option of "-bo" if it takes the next word as argument; or NULL */
static const struct option_def *find_short(const struct command *command,
					   const char *letters)
{
	for (; *letters; letters++) {
		for (size_t id = 0; id < OPTION_COUNT; id++) {
			const struct option_def *def = options_get(command, id);

			if (!def || def->letter != *letters || !def->arg)
				continue;
			return letters[1] ? NULL : def;
		}
	}
	return NULL;
}

const struct option_def *options_expecting(const struct command *command,
					   const char *word)
{
	const struct option_def *def;

	if (word[0] != '-' || !word[1])
		return NULL;
	if (word[1] != '-')
		return find_short(command, word + 1);
	def = options_find(command, word + 2);
	return def && def->arg && !strchr(word, '=') ? def : NULL;
}
