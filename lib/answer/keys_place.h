/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* keys_metadata.h - keys that ask where a socket or its process lives */
#ifndef TM_ANSWER_KEYS_METADATA_H
#define TM_ANSWER_KEYS_METADATA_H

#include "answer/keys.h"

extern const struct tm_key tm_key_program;
extern const struct tm_key tm_key_cgroup;
extern const struct tm_key tm_key_unit;
extern const struct tm_key tm_key_container;
extern const struct tm_key tm_key_pod;

#endif
