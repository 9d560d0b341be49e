"""Views of the social feed: slips, who follows whom, timelines, reactions, comments, what is trending."""
