# SPDX-License-Identifier: LGPL-2.1-or-later
"""run.py SUITE BUILD - runs a suite: a line for each case"""
import importlib
import sys

import kit

kit.build = sys.argv[2]
importlib.import_module("suite_" + sys.argv[1]).run()
