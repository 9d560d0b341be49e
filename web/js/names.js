// What things are called, everywhere the same: a bet is named by selection, market and match.

import { hasTimeline, pointsOf, tennisWords } from "./sports.js";

const MARKETS = {
  ...{ match_result: "Match result", total_goals: "Total goals", both_teams_to_score: "Both teams to score", double_chance: "Double chance", race_winner: "Winner", race_place: "To be placed" },
  ...{ draw_no_bet: "Draw no bet", asian_handicap: "Asian handicap", correct_score: "Correct score", half_time_full_time: "Half time / full time" },
  ...{ result_and_total: "Result and total goals", odd_even: "Goals, odd or even", winning_margin: "Winning margin" },
  ...{ money_line: "Money line", point_spread: "Point spread", total_points: "Total points" },
  ...{ match_winner: "Match winner", set_betting: "Set betting", total_games: "Total games" },
};
const PERIODS = {
  ...{ not_started: "not started", first_half: "1st half", half_time: "break", second_half: "2nd half", extra_time: "extra time" },
  ...{ extra_time_first: "extra time", extra_time_second: "extra time", penalties: "penalties", full_time: "full time" },
  ...{ first_quarter: "Q1", second_quarter: "Q2", third_quarter: "Q3", fourth_quarter: "Q4" },
  ...{ first_set: "1st set", second_set: "2nd set", third_set: "3rd set", fourth_set: "4th set", fifth_set: "5th set" },
};
const SPORTS = { football: "Football", tennis: "Tennis", basketball: "Basketball", american_football: "American football", racing: "Racing" };

const plain = (text) => text.replaceAll("_", " ").replace(/^./, (first) => first.toUpperCase());

/** Return a market's name without its line. */
export function marketName(type) {
  for (const [start, said] of [["first_half_", "First half: "], ["second_half_", "Second half: "]])
    if (type.startsWith(start)) return said + marketName(type.slice(start.length)).toLowerCase();
  return MARKETS[type] ?? plain(type);
}

/** Return a market's line, "2.5" of total goals; empty where it has none. */
export const lineOf = (market) => {
  const { places, place_terms: terms, bestof, ...line } = market.specifiers ?? {};
  if (bestof) return `best of ${bestof}`;
  if (!places) return Object.values(line).join(" ");
  return terms ? `${places} places, ${terms} of the odds` : `${places} places`;
};

/** Return a match by its teams, a race by its course. */
export const matchName = (fixture) => (fixture.sport === "racing" ? `${fixture.home}, ${fixture.away}` : `${fixture.home} v ${fixture.away}`);

/** Return a sport's name. */
export const sportName = (sport) => SPORTS[sport] ?? plain(sport);

/** Return the period in words. */
export const periodName = (period) => PERIODS[period] ?? plain(period).toLowerCase();

/** Return [figure, words] of the match clock. */
export function clockWords(fixture) {
  const { minute, period } = fixture.clock;
  if (fixture.status === "scheduled") return [timeOf(fixture.kick_off), `${dayOf(fixture.kick_off, false)}${movedWord(fixture)}`];
  if (fixture.status === "abandoned") return ["Off", "abandoned"];
  if (fixture.sport === "racing") return fixture.status === "ended" ? ["Result", dayOf(fixture.kick_off, false)] : ["Off", "running"];
  if (fixture.status === "ended") return [hasTimeline(fixture) ? "FT" : "End", dayOf(fixture.kick_off, false)];
  if (fixture.score.tennis) return [`Set ${fixture.score.tennis.sets.length}`, pointsOf(fixture)];
  if (period === "half_time") return ["HT", "break"];
  return [minute === null ? "" : `${minute}\u2032`, periodName(period)];
}

/** Return what is said behind the kick-off of a match that was moved. */
const movedWord = (fixture) => (fixture.moved_from ? ", moved" : "");

/** Return where a match stands in a few words: "67′ 0:1", "13:00". */
export function standing(fixture) {
  if (fixture.status === "scheduled") return `${timeOf(fixture.kick_off)}, ${dayOf(fixture.kick_off)}${movedWord(fixture)}`;
  const [clock] = clockWords(fixture);
  if (fixture.sport === "racing") return clock;
  return `${clock} ${tennisWords(fixture) || `${fixture.score.home}:${fixture.score.away}`}`.trim();
}

/** Return the time of day of a moment. */
export function timeOf(moment, seconds = false) {
  const second = seconds ? { second: "2-digit" } : {};
  return new Date(moment).toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit", ...second });
}

/** Return the day of a moment: "today", "2 Jun", with its year where that is another one, unless `whole` is false. */
export function dayOf(moment, whole = true) {
  const day = new Date(moment);
  const now = new Date();
  if (day.toDateString() === now.toDateString()) return "today";
  const year = !whole || day.getFullYear() === now.getFullYear() ? {} : { year: "numeric" };
  return day.toLocaleDateString("en-GB", { day: "numeric", month: "short", ...year });
}

/** Return how long ago a moment was, in short: "now", "4 min", "3 h", or its day. */
export function agoOf(moment) {
  const minutes = Math.floor((Date.now() - new Date(moment).getTime()) / 60_000);
  if (minutes < 1) return "now";
  if (minutes < 60) return `${minutes} min`;
  return minutes < 24 * 60 ? `${Math.floor(minutes / 60)} h` : dayOf(moment);
}

/** Return a selection as a price button is called: "Poland", "Over 2.5 goals", "Both teams to score, yes". */
export function selectionLabel(market, selection) {
  if (market.type === "match_result") return selection.name;
  const counted = { total_goals: "goals", total_points: "points", total_games: "games" }[market.type];
  if (counted) return `${selection.name} ${counted}`;
  return `${marketName(market.type)}, ${/^(Yes|No)$/.test(selection.name) ? selection.name.toLowerCase() : selection.name}`;
}
