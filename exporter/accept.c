// SPDX-License-Identifier: LGPL-2.1-or-later
/* accept.c - which format a request asks for */
#include "accept.h"

#include <stdlib.h>
#include <string.h>

#define OPENMETRICS "application/openmetrics-text"

/* "q=0.5" among the parameters of a media range of @length; 1 without it */
static double quality(const char *range, size_t length)
{
	for (size_t i = 0; i + 2 < length; i++)
		if (strchr("; ", range[i]) && range[i + 1] == 'q' &&
		    range[i + 2] == '=')
			return strtod(range + i + 3, NULL);
	return 1;
}

/* The first version is 1.0.0, and the only one that is written here. */
static bool has_other_version(const char *range, size_t length)
{
	const char *version = memmem(range, length, "version=", 8);

	if (!version)
		return false;
	version += 8 + (version[8] == '"');
	return strncmp(version, "1.0.0", 5) != 0;
}

bool accepts_openmetrics(const char *header)
{
	double openmetrics = 0, text = 0;

	while (header && *header) {
		size_t length = strcspn(header, ",");
		double q = quality(header, length);

		if (strncmp(header, OPENMETRICS, strlen(OPENMETRICS)) == 0) {
			if (!has_other_version(header, length) &&
			    q > openmetrics)
				openmetrics = q;
		} else if (strncmp(header, "text/plain", 10) == 0 && q > text) {
			text = q;
		}
		header += length;
		header += strspn(header, ", ");
	}
	return openmetrics > text;
}
