// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * web_config.c - the web configuration file of Prometheus' exporters
 *
 * Of YAML it takes what such a file has: two sections of "key: value", indented
 * by blanks, with comments and quotes. A key that is not known is an error, for
 * it may be one that forbids something.
 */
#include "web.h"

#include <errno.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define FILE_MAX (1 << 20)

/* struct reader - where the file is being read */
struct reader {
	const char *path;
	unsigned int line;
	struct web_config *config;
	char *cert_path, *key_path, *ca_path;
};

static bool wrong(const struct reader *reader, const char *what,
		  const char *word)
{
	report("%s:%u: %s '%s'", reader->path, reader->line, what, word);
	return false;
}

static char *read_file(const char *path)
{
	FILE *in = fopen(path, "re");
	char *text = in ? malloc(FILE_MAX + 1) : NULL;
	size_t size = text ? fread(text, 1, FILE_MAX + 1, in) : 0;
	bool failed = !text || ferror(in) || size > FILE_MAX;

	if (failed)
		report("%s: %s", path,
		       size > FILE_MAX ? "too large" : strerror(errno));
	else
		text[size] = '\0';
	if (in)
		fclose(in);
	if (failed) {
		free(text);
		text = NULL;
	}
	return text;
}

/* Beside the configuration file, unless it is absolute */
static bool set_path(const struct reader *reader, const char *value, char **to)
{
	char *copy = strdup(reader->path);

	free(*to);
	*to = NULL;
	if (copy && *value == '/')
		*to = strdup(value);
	else if (copy && asprintf(to, "%s/%s", dirname(copy), value) < 0)
		*to = NULL;
	free(copy);
	return *to != NULL;
}

static bool set_client_auth(const struct reader *reader, const char *value)
{
	static const char *const names[] = {
		[CLIENT_AUTH_NONE] = "NoClientCert",
		[CLIENT_AUTH_REQUEST] = "RequestClientCert",
		[CLIENT_AUTH_REQUIRE_ANY] = "RequireAnyClientCert",
		[CLIENT_AUTH_VERIFY_IF_GIVEN] = "VerifyClientCertIfGiven",
		[CLIENT_AUTH_REQUIRE_AND_VERIFY] = "RequireAndVerifyClientCert",
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (strcmp(names[i], value) == 0) {
			reader->config->client_auth = (enum client_auth)i;
			return true;
		}
	}
	return wrong(reader, "unknown client_auth_type", value);
}

static bool set_tls(struct reader *reader, const char *key, const char *value)
{
	if (strcmp(key, "cert_file") == 0)
		return set_path(reader, value, &reader->cert_path);
	if (strcmp(key, "key_file") == 0)
		return set_path(reader, value, &reader->key_path);
	if (strcmp(key, "client_ca_file") == 0)
		return set_path(reader, value, &reader->ca_path);
	if (strcmp(key, "client_auth_type") == 0)
		return set_client_auth(reader, value);
	if (strcmp(key, "min_version") != 0)
		return wrong(reader, "unknown key", key);
	reader->config->tls13 = strcmp(value, "TLS13") == 0;
	return reader->config->tls13 || strcmp(value, "TLS12") == 0 ||
	       wrong(reader, "min_version is TLS12 or TLS13, not", value);
}

static bool add_user(const struct reader *reader, const char *name,
		     const char *hash)
{
	struct web_config *config = reader->config;
	struct web_user *user;

	if (strncmp(hash, "$2", 2) != 0 || strlen(hash) != 60)
		return wrong(reader, "no hash of bcrypt for the user", name);
	user = reallocarray(config->user, config->user_count + 1,
			    sizeof(*user));
	if (!user)
		return false;
	config->user = user;
	user += config->user_count++;
	user->name = strdup(name);
	user->hash = strdup(hash);
	return user->name && user->hash;
}

/* A text without quotes, blanks around it and a comment behind it */
static char *trim(char *text)
{
	char *end;

	text += strspn(text, " ");
	if (*text == '"' || *text == '\'') {
		end = strchr(text + 1, *text);
		if (end && !end[1 + strspn(end + 1, " ")]) {
			*end = '\0';
			return text + 1;
		}
	}
	end = strstr(text, " #");
	if (end)
		*end = '\0';
	end = text + strlen(text);
	while (end > text && end[-1] == ' ')
		*--end = '\0';
	return text;
}

enum section {
	SECTION_NONE,
	SECTION_TLS,
	SECTION_USERS,
};

static bool set_section(const struct reader *reader, const char *key,
			const char *value, enum section *section)
{
	if (*value)
		return wrong(reader, "no value is expected:", value);
	if (strcmp(key, "tls_server_config") == 0)
		*section = SECTION_TLS;
	else if (strcmp(key, "basic_auth_users") == 0)
		*section = SECTION_USERS;
	else
		return wrong(reader, "unknown key", key);
	return true;
}

static bool read_line(struct reader *reader, char *line, enum section *section)
{
	bool indented = *line == ' ';
	char *text = line + strspn(line, " ");
	char *colon, *key, *value;

	if (!*text || *text == '#' || strcmp(line, "---") == 0)
		return true;
	colon = strstr(text, ": ");
	if (!colon && text[strlen(text) - 1] == ':')
		colon = text + strlen(text) - 1;
	if (!colon || strchr(line, '\t'))
		return wrong(reader, "'key: value' is expected, not", text);
	*colon = '\0';
	key = trim(text);
	value = trim(colon + 1);
	if (!indented)
		return set_section(reader, key, value, section);
	if (*section == SECTION_TLS)
		return set_tls(reader, key, value);
	if (*section == SECTION_USERS)
		return add_user(reader, key, value);
	return wrong(reader, "unexpected indentation:", key);
}

static bool read_lines(struct reader *reader, char *text)
{
	enum section section = SECTION_NONE;
	char *line;

	while ((line = strsep(&text, "\n"))) {
		reader->line++;
		line[strcspn(line, "\r")] = '\0';
		if (!read_line(reader, line, &section))
			return false;
	}
	return true;
}

/* Reads the file at @path, whose changes matter from now on. */
static bool load(struct web_config *config, char *path, char **text)
{
	config->path[config->path_count++] = path;
	*text = read_file(path);
	return *text != NULL;
}

static bool load_files(struct reader *reader)
{
	struct web_config *config = reader->config;
	char *cert = reader->cert_path, *key = reader->key_path;
	char *ca = reader->ca_path;

	reader->cert_path = reader->key_path = reader->ca_path = NULL;
	if (!cert != !key)
		report("%s: cert_file and key_file belong together",
		       reader->path);
	else if (ca && !cert)
		report("%s: client_ca_file without cert_file", reader->path);
	else if (!ca && config->client_auth >= CLIENT_AUTH_VERIFY_IF_GIVEN)
		report("%s: client_auth_type without client_ca_file",
		       reader->path);
	else if ((!cert || load(config, cert, &config->cert)) &&
		 (!key || load(config, key, &config->key)) &&
		 (!ca || load(config, ca, &config->client_ca)))
		return true;
	return false;
}

struct web_config *web_config_read(const char *path)
{
	struct web_config *config = calloc(1, sizeof(*config));
	struct reader reader = { .path = path, .config = config };
	char *copy = config ? strdup(path) : NULL;
	char *text = NULL;
	bool done = copy && load(config, copy, &text) &&
		    read_lines(&reader, text) && load_files(&reader);

	free(text);
	free(reader.cert_path);
	free(reader.key_path);
	free(reader.ca_path);
	if (done)
		return config;
	web_config_free(config);
	return NULL;
}

void web_config_free(struct web_config *config)
{
	if (!config)
		return;
	for (size_t i = 0; i < config->user_count; i++) {
		free(config->user[i].name);
		free(config->user[i].hash);
	}
	for (size_t i = 0; i < config->path_count; i++)
		free(config->path[i]);
	free(config->user);
	free(config->cert);
	free(config->key);
	free(config->client_ca);
	free(config);
}

uint64_t web_config_stamp(const struct web_config *config)
{
	uint64_t stamp = 0;
	struct stat info;

	for (size_t i = 0; i < config->path_count; i++) {
		if (stat(config->path[i], &info) < 0)
			continue;
		stamp = stamp * 31 + (uint64_t)info.st_mtim.tv_sec;
		stamp = stamp * 31 + (uint64_t)info.st_mtim.tv_nsec;
		stamp = stamp * 31 + (uint64_t)info.st_ino;
		stamp = stamp * 31 + (uint64_t)info.st_size;
	}
	return stamp;
}
