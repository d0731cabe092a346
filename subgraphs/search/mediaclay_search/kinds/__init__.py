"""What the kinds of a structure say about search."""

from mediaclay_search.kinds.rule import KEYWORD, USUAL, Rule, Rules, digest_of, rule_of

__all__ = ["KEYWORD", "USUAL", "Rule", "Rules", "digest_of", "rule_of"]
