"""How dates, numbers, shares, sums of money and lengths of time are written. Knows no question."""

from __future__ import annotations

import re

MONTHS = "january|february|march|april|may|june|july|august|september|october|november|december"
_ABBREVIATED = "jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec"
DATE = re.compile(
    rf"\b(?:(?:{MONTHS}|(?:{_ABBREVIATED})\.) \d{{1,2}}(?:, \d{{4}})?\b|\d{{1,2}} (?:{MONTHS})(?:,? \d{{4}})?\b|"
    rf"(?:early |mid |late )?(?:{MONTHS}),? \d{{4}}\b|"
    r"(?:early |mid-? ?|late )?(?:(?:1[0-9]{3}|20[0-9]{2})s?|\d0s)\b|"
    rf"(?:sun|mon|tues|wednes|thurs|fri|satur)day\b|(?:{MONTHS})\b(?<!may)|(?<=in )may\b|\w+ century\b|decades?\b|"
    r"\w+ years? ago\b|(?:next|last|this|coming) (?:week|month|year|spring|summer|autumn|fall|winter)\b)",
    re.IGNORECASE,
)
_NUMBER_WORDS = (
    "one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|dozens?|hundreds?|thousands?|millions?|half"
)
_SCALE = r"(?:[\s-](?:hundred|thousand|million|billion|trillion|percent|per cent))*"
NUMBER = re.compile(
    rf"[$€£]?\b(?!(?:1[0-9]|20)[0-9]{{2}}\b(?![,.]\d))\d[\d,.]*\d?(?:st|nd|rd|th)?\b%?{_SCALE}"
    rf"|\b(?:{_NUMBER_WORDS})\b{_SCALE}",
    re.IGNORECASE,
)
PERCENT = re.compile(
    r"\b\d[\d.,]*(?:%|[\s-]?(?:percent|per cent)\b)"
    r"|\b(?:half|a third|a quarter|two[- ]thirds|three[- ]quarters|majority)\b",
    re.IGNORECASE,
)
MONEY = re.compile(
    rf"(?:[$€£¥₽₹]|\b(?:US|AU|C|NZ|HK)\$|\b(?:USD|EUR|GBP|Rs\.?) ?)\d[\d.,]*\d?{_SCALE}"
    rf"|\b\d[\d.,]*{_SCALE}[\s-](?:US )?"
    "(?:dollars?|euros?|pounds?|pence|cents?|rou?bles?|yuan|yen|won|rupees?|francs?|pesos?|kronor|kroner|tenge|drams?)"
    r"\b",
    re.IGNORECASE,
)
DURATION = re.compile(
    rf"(?:\d[\d,.]*|\b(?:{_NUMBER_WORDS}))[\s-]+(?:second|minute|hour|day|week|month|year|decade|centur)\w*",
    re.IGNORECASE,
)
AGE = re.compile(
    rf"\b(?:\d{{1,3}}|{_NUMBER_WORDS})(?=[\s-]years?[\s-]old\b)|, (?P<beside>\d{{1,3}})(?=[,.;])"
    r"|\b(?:aged?|age of|was|is|turned|at) \d{1,3}\b(?![,.]\d|\s?%| \w+ (?:ago|later))",
    re.IGNORECASE,
)
YEAR = re.compile(r"\b(?:1[0-9]{3}|20[0-9]{2})s?\b|\b\w+ years?\b")
CALENDAR_YEAR = re.compile(r"\b(?:1[5-9]|20)\d\d(?=s?\b)")
