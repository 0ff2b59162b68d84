// SPDX-License-Identifier: LGPL-2.1-or-later
/* pprof.c - fetches what a Go program says of its memory, with libcurl */
#include "pprof.h"

#include "cli.h"
#include "say.h"

#include <stdlib.h>
#include <string.h>

#ifdef HAVE_CURL
#include <curl/curl.h>

/* A profile has a line for each place that allocates; this is a large one. */
#define TEXT_LIMIT (64 * 1024 * 1024)

#define SECONDS 10L

/* A text as it comes. */
struct text {
	char *data;
	size_t len;
	size_t room;
};

static size_t take(char *data, size_t size, size_t count, void *user)
{
	struct text *text = user;
	char *moved;

	size *= count;
	if (size > TEXT_LIMIT - text->len)
		return 0;
	if (text->len + size > text->room) {
		moved = realloc(text->data, 2 * (text->len + size));
		if (!moved)
			return 0;
		text->data = moved;
		text->room = 2 * (text->len + size);
	}
	memcpy(text->data + text->len, data, size);
	text->len += size;
	return size;
}

/* Of a server's address alone, /debug/pprof is meant. */
static int set_path(CURLU *url, const char *file)
{
	char *path, *whole;
	size_t len;
	int ret;

	if (curl_url_get(url, CURLUPART_PATH, &path, 0))
		return -1;
	len = strlen(path);
	while (len && path[len - 1] == '/')
		len--;
	ret = asprintf(&whole, "%.*s/%s", len ? (int)len : 12,
		       len ? path : "/debug/pprof", file);
	curl_free(path);
	if (ret < 0)
		return -1;
	ret = curl_url_set(url, CURLUPART_PATH, whole, 0) ||
			      curl_url_set(url, CURLUPART_QUERY, "debug=1", 0)
		      ? -1
		      : 0;
	free(whole);
	return ret;
}

static CURLU *understand(const char *text, const char *file)
{
	CURLU *url = curl_url();
	char *scheme = NULL;
	bool http = false;

	if (url && !curl_url_set(url, CURLUPART_URL, text, 0) &&
	    !curl_url_get(url, CURLUPART_SCHEME, &scheme, 0))
		http = strcmp(scheme, "http") == 0 ||
		       strcmp(scheme, "https") == 0;
	curl_free(scheme);
	if (http && set_path(url, file) == 0)
		return url;
	curl_url_cleanup(url);
	return NULL;
}

static CURLcode transfer(CURL *curl, CURLU *url, struct text *text, char *error)
{
	*error = '\0';
	curl_easy_setopt(curl, CURLOPT_CURLU, url);
	curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT, SECONDS);
	curl_easy_setopt(curl, CURLOPT_FAILONERROR, 1L);
	curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, error);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, text);
	return curl_easy_perform(curl);
}

static int fetch(CURL *curl, const char *where, const char *file,
		 struct text *text)
{
	CURLU *url = understand(where, file);
	char error[CURL_ERROR_SIZE];
	CURLcode code;

	if (!url) {
		say("--pprof '%s': an http or https URL is needed, as in "
		    "http://localhost:6060",
		    where);
		return EXIT_USAGE;
	}
	code = transfer(curl, url, text, error);
	curl_url_cleanup(url);
	if (code == CURLE_OK)
		return 0;
	if (code == CURLE_WRITE_ERROR)
		say("--pprof: %s is longer than %d MiB", file,
		    TEXT_LIMIT / 1024 / 1024);
	else
		say("--pprof: %s: %s", file,
		    *error ? error : curl_easy_strerror(code));
	return EXIT_FAILED;
}

int pprof_fetch(const char *url, struct tcpmem_pprof **pprof)
{
	struct text heap = { 0 }, goroutine = { 0 };
	CURL *curl;
	int code = EXIT_FAILED;

	curl = curl_global_init(CURL_GLOBAL_DEFAULT) ? NULL : curl_easy_init();
	if (!curl)
		say("--pprof: libcurl cannot be used here");
	else
		code = fetch(curl, url, "heap", &heap);
	if (code == 0)
		code = fetch(curl, url, "goroutine", &goroutine);
	if (code == 0 && tcpmem_pprof_parse(heap.data, heap.len, goroutine.data,
					    goroutine.len, pprof) < 0) {
		say("--pprof: what %s serves is no profile of a Go program",
		    url);
		code = EXIT_FAILED;
	}
	free(heap.data);
	free(goroutine.data);
	curl_easy_cleanup(curl);
	return code;
}

#else

int pprof_fetch(const char *url, struct tcpmem_pprof **pprof)
{
	(void)url;
	(void)pprof;
	say("--pprof: tcpmem was built without libcurl");
	return EXIT_FAILED;
}

#endif
