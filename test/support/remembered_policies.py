"""MiniStack's evaluator without the work that it repeats for each request: it parses every policy of the caller again, and keeps
no more than 4,096 compiled patterns, which the policies of one deployment exceed. What it decides is the same.
"""
import functools

import ministack.core.iam_evaluator as evaluator

_parse = evaluator.parse_policy_document
_parse_text = functools.cache(_parse)


def remember():
    evaluator._fnmatch_compile = functools.cache(evaluator._fnmatch_compile)
    evaluator.parse_policy_document = lambda document: (_parse_text if isinstance(document, str) else _parse)(document)
