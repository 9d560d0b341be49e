// What each sport has of its own on the page: its markets on the board, its score in its own terms, and when its clock says what.

const FOOTBALL = {
  slots: ["match_result", "total_goals", "both_teams_to_score"],
  heads: [["Match result", "1", "X", "2"], ["Total goals", "Over", "Under"], ["Both teams score", "Yes", "No"]],
  switch: ["Result", "Total goals", "Both score"],
};
const POINTS = {
  slots: ["money_line", "total_points", "point_spread"],
  heads: [["Money line", "1", "2"], ["Total points", "Over", "Under"], ["Spread", "1", "2"]],
  switch: ["Money line", "Total", "Spread"],
};
const TENNIS = {
  slots: ["match_winner", "total_games", ""],
  heads: [["Match winner", "1", "2"], ["Total games", "Over", "Under"], [""]],
  switch: ["Winner", "Total games", "Others"],
};
const OF_A_SPORT = { tennis: TENNIS, basketball: POINTS, american_football: POINTS };
const MIXED = { heads: [["Winner"], ["Total", "Over", "Under"], ["Others"]], switch: ["Winner", "Total", "Others"] };

/** Return the three types of market that a match has on the board. */
export const slotsOf = (fixture) => (OF_A_SPORT[fixture.sport] ?? FOOTBALL).slots;

/** Return what heads the board's columns, and what its switch says on a phone, for the sports that are on it. */
export function headsOf(sports) {
  if (sports.length > 1) return MIXED;
  return OF_A_SPORT[sports[0]] ?? FOOTBALL;
}

/** Return whether a match goes through the ninety minutes that the picture of its goals shows. */
export const hasTimeline = (fixture) => !(fixture.sport in OF_A_SPORT) && fixture.sport !== "racing";

/** Return what stands behind a side on the board: its goals or points, of tennis its games of each set. */
export function scoreOfSide(fixture, side) {
  const { tennis } = fixture.score;
  return tennis ? tennis.sets.map((games) => games[side === "home" ? 0 : 1]).join(" ") : String(fixture.score[side]);
}

/** Return the sets of tennis, its points and who serves in words; empty for other sports, and before the first point. */
export function tennisWords(fixture) {
  const { tennis } = fixture.score;
  if (!tennis) return "";
  const sets = tennis.sets.map(([home, away]) => `${home}\u2013${away}`).join(" ");
  if (tennis.retired) return `${sets}, ${fixture[tennis.retired]} retired`;
  if (fixture.status !== "live") return sets;
  return `${sets} (${pointsOf(fixture)})${tennis.serving ? `, ${fixture[tennis.serving]} serves` : ""}`;
}

/** Return the points of the game that is played: "40-15". */
export const pointsOf = (fixture) => fixture.score.tennis.points.join("\u2013");

/** Return a score for who cannot see it. */
export function saidScore(fixture) {
  const { home, away } = fixture.score;
  return `${fixture.score.tennis ? "Sets" : "Score"} ${home} to ${away}${fixture.score.tennis ? `, ${tennisWords(fixture)}` : ""}`;
}
