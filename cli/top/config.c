// SPDX-License-Identifier: LGPL-2.1-or-later
/* config.c - reads top.conf: a line for each option, without its "--" */
#include "top/config.h"

#include "state.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

static bool find_file(char path[PATH_MAX])
{
	const char *config = getenv("XDG_CONFIG_HOME");
	const char *home = getenv("HOME");
	const char *name = "tcpmem/top.conf";

	if (config && *config)
		snprintf(path, PATH_MAX, "%s/%s", config, name);
	else if (home && *home)
		snprintf(path, PATH_MAX, "%s/.config/%s", home, name);
	else
		return false;
	return true;
}

static bool set_color(struct options *options, const char *value)
{
	const char *name;

	for (int i = 0; (name = options_color_name((enum color)i)); i++) {
		if (!value || strcmp(name, value) != 0)
			continue;
		if (options->color == COLOR_AUTO)
			options->color = (enum color)i;
		return true;
	}
	return false;
}

static bool set_text(const char **option, const char *value)
{
	if (!*option)
		*option = value;
	return value;
}

static bool set_flag(bool *option, const char *value)
{
	*option |= !value;
	return !value;
}

/* Return: false: there is no such option, or no such value */
static bool set(struct options *options, const char *name, const char *value)
{
	int64_t ns;

	if (strcmp(name, "by") == 0)
		return value && top_view_find(value) &&
		       set_text(&options->by, value);
	if (strcmp(name, "sort") == 0)
		return set_text(&options->sort, value);
	if (strcmp(name, "color") == 0)
		return set_color(options, value);
	if (strcmp(name, "bytes") == 0)
		return set_flag(&options->bytes, value);
	if (strcmp(name, "past") == 0)
		return set_flag(&options->past, value);
	if (strcmp(name, "no-unicode") == 0)
		return set_flag(&options->no_unicode, value);
	if (strcmp(name, "delay") != 0 || !value || !duration_parse(value, &ns))
		return false;
	if (!options->every_ns)
		options->every_ns = ns;
	return true;
}

static void read_line(struct config *config, char *line)
{
	char *rest, *name = strtok_r(line, " \t=", &rest);
	char *value = name ? strtok_r(NULL, " \t=", &rest) : NULL;

	if (name && *name != '#' && !set(&config->options, name, value))
		snprintf(config->note, sizeof(config->note),
			 "top.conf: '%.40s %.40s' is not known", name,
			 value ? value : "");
}

/* A view of the command line may lack the column that the file sorts by. */
static void check_order(struct config *config, const char *own)
{
	const struct top_view *view = top_view_find(
		config->options.by ? config->options.by : "process");

	if (own || !config->options.sort || !view ||
	    state_can_sort(view, config->options.sort))
		return;
	snprintf(config->note, sizeof(config->note),
		 "top.conf: the view %s has no column '%.40s' to sort by",
		 view->name, config->options.sort);
	config->options.sort = NULL;
}

void config_read(struct config *config, const struct options *options)
{
	char path[PATH_MAX], *line, *rest;
	size_t size = 0;
	FILE *file;

	*config = (struct config){ .options = *options };
	file = find_file(path) ? fopen(path, "re") : NULL;
	if (!file)
		return;
	rest = getdelim(&config->text, &size, '\0', file) < 0 ? NULL
							      : config->text;
	fclose(file);
	while (rest && (line = strsep(&rest, "\n")))
		read_line(config, line);
	check_order(config, options->sort);
}

void config_free(struct config *config)
{
	free(config->text);
}
