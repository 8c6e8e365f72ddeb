"""python-telegram-bot as its documentation shows it: Application, ConversationHandler, state in memory."""

from __future__ import annotations

from typing import Any

from common import API, ASK, KEPT, POLL_SECONDS, PRELOADED, SCORES, THANKS, TOKEN, WHY, sample
from telegram import InlineKeyboardButton, InlineKeyboardMarkup, Update
from telegram.ext import (
    ApplicationBuilder,
    CallbackQueryHandler,
    CommandHandler,
    ContextTypes,
    ConversationHandler,
    MessageHandler,
    filters,
)

SCORE, NOTE = range(2)
KEYS = InlineKeyboardMarkup([[InlineKeyboardButton(one, callback_data=one) for one in SCORES]])
Context = ContextTypes.DEFAULT_TYPE


async def start(update: Update, _context: Context) -> int:
    """Ask."""
    await update.message.reply_text(ASK, reply_markup=KEYS)
    return SCORE


async def score(update: Update, context: Context) -> int:
    """Keep the score, ask why."""
    query = update.callback_query
    context.user_data["score"] = int(query.data)
    await query.answer()
    await query.message.reply_text(WHY)
    return NOTE


async def note(update: Update, context: Context) -> int:
    """Keep the words, say thanks."""
    saved = context.user_data.setdefault("saved", [])
    saved.append((context.user_data["score"], update.message.text))
    del saved[:-KEPT]
    await update.message.reply_text(THANKS)
    return ConversationHandler.END


def main() -> None:
    """Serve by long polling until SIGTERM."""
    app = ApplicationBuilder().token(TOKEN).base_url(f"{API}/bot").base_file_url(f"{API}/file/bot").build()
    entry = CommandHandler("start", start)
    words = MessageHandler(filters.TEXT & ~filters.COMMAND, note)
    steps: dict[object, list[Any]] = {SCORE: [CallbackQueryHandler(score)], NOTE: [words]}
    conversation = ConversationHandler([entry], steps, [entry], name="checkin")
    app.add_handler(conversation)
    for person in PRELOADED:
        app._user_data[person] = {"score": 3, "saved": [sample(person)]}  # noqa: SLF001  no public way in
        conversation._conversations[person, person] = NOTE  # noqa: SLF001
    app.run_polling(bootstrap_retries=0, timeout=POLL_SECONDS)


main()
