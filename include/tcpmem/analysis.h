/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * analysis.h - limits, explain, blame, diff, check, tree and trend
 *
 * What these headers declare may change until version 2.0; tcpmem.h's other
 * headers keep what they promise from 1.0 on.
 */
#ifndef TCPMEM_ANALYSIS_H
#define TCPMEM_ANALYSIS_H

#include "blame.h"
#include "check.h"
#include "diff.h"
#include "explain.h"
#include "limits.h"
#include "tree.h"
#include "trend.h"

#endif
