"""What the audit calls wrong and nobody can ask for, each with its reason: the product says it by itself, or it is done to rows."""

ROWS = "of the log's rows, which no command writes: contracts of the event store and of the audit change them"
COMPUTED = "the product computes it from streams, nobody says it"
SAME_APPEND = "the product writes both facts in one append, whoever asks"
REPEAT = "asked again it is a repeat, answered as the first was, and no fact"
OVERDUE = "nobody asks for it: it is what is not done in time"
FEED = "a producer of prices is no caller of the API; tests/journeys/test_silent_feed.py"
VIEWS = "of views and tables, which no command writes"

NOT_ASKED: dict[str, str] = {
    **dict.fromkeys(
        (
            "PositionOutOfOrder",
            "LogCutShort",
            "HeadMovedBack",
            "FactInNoBatch",
            "VersionOutOfOrder",
            "KindUnknown",
            "FactUnjudgeable",
            "KindRetired",
            "StreamBegunWrong",
            "StreamOver",
            "FactOutOfPlace",
            "StreamMisplaced",
            "StreamIdMalformed",
            "CommittedBefore",
            "BatchMalformed",
            "SchemeUnknown",
            "ChainBroken",
            "TopicWrong",
            "HistoryChanged",
            "HistoryCut",
            "AnotherLog",
        ),
        ROWS,
    ),
    **dict.fromkeys(
        (
            "PotentialReturnsWrong",
            "LegMissing",
            "LegResultedTwice",
            "MarketNotResulted",
            "LegResultWrong",
            "ResultsSoFarWrong",
            "SettlementOfAnother",
            "ReturnsWrong",
            "ClosingOddsWrong",
            "OutcomeWrong",
            "SettledTwice",
            "OddsNotBest",
            "SettlementNumberWrong",
            "LegNotTold",
            "ReversalWithoutCause",
            "ReversalOfAnother",
            "ReversalDiffers",
            "OwedWrong",
            "RepaymentWrong",
            "BalanceWrong",
            "BooksDoNotBalance",
            "PaymentDiffers",
            "SlipDiffers",
            "GatesWrong",
            "MarksWrong",
            "ResultNumberWrong",
            "RequestToPublic",
            "HeldByTooFew",
            "MarkedWithoutText",
            "ItemNotAsDecided",
        ),
        COMPUTED,
    ),
    **dict.fromkeys(
        (
            "NotSettledAnew",
            "StakeWithoutBet",
            "StakeNotReserved",
            "PaymentWithoutSettlement",
            "PaymentMissing",
            "ReversalWithoutBet",
            "ReversalMissing",
            "TransferNotMoved",
            "ClaimWithoutAccount",
            "HandleNotClaimed",
            "EmailNotClaimed",
            "WalletNotOpened",
            "WalletWithoutAccount",
            "OfficeWithoutGrant",
            "GrantWithoutOffice",
            "ConfirmationWithoutResult",
            "ScoreNotConfirmed",
            "GateNotMoved",
            "GateMovedAlone",
            "TailNotCounted",
            "TailWithoutBet",
            "HeldWithoutCase",
        ),
        SAME_APPEND,
    ),
    **dict.fromkeys(
        ("RoleGrantedTwice", "ReactionOutOfOrder", "ProfileUnchanged", "CommentHoldOutOfOrder", "NotificationUnchanged"), REPEAT
    ),
    "ClockWentBack": "an earlier minute comes late: it is taken, and the clock stays where it is",
    **dict.fromkeys(("SettlementOverdue", "CorrectionOverdue", "KickOffOverdue", "ResultOverdue", "AbandonedTooEarly"), OVERDUE),
    **dict.fromkeys(("ProducerSilent", "ProducerMissing", "SessionWrong", "LeaseLapsed"), FEED),
    **dict.fromkeys(("ViewDiffers", "SumDiffers", "ViewAheadOfLog", "ViewOfAnotherHistory", "TableDiffers"), VIEWS),
}
"""Violation -> why no story asks for it."""
