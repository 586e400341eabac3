/** Letters of about 3 KB, text and html, in four scripts, and one that mixes two: each to another recipient, with the recipient's name in the text. */
import { Kind } from "./Kind.js"

interface Language {
  /** Lines between the greeting and the paragraphs, as they are in the text. */
  readonly lines?: ReadonlyArray<string>
  readonly sender: string
  readonly reader: string
  readonly subject: string
  readonly greeting: string
  readonly paragraphs: ReadonlyArray<string>
  readonly farewell: string
  readonly link: string
}

const letter = (id: string, name: string, language: Language): Kind => {
  const { farewell, greeting, lines = [], link, reader, sender, subject } = language
  const paragraphs = lines.length === 0 ? language.paragraphs : [lines.join("\n"), ...language.paragraphs]
  const text = paragraphs.join("\n\n")
  const html = paragraphs.map((paragraph) => `<p>${paragraph}</p>\n`).join("")
  return new Kind(id, name, (n) => ({
    from: `${sender} <ada@example.com>`,
    to: [`${reader} <reader-${n}@example.org>`],
    subject: `${subject} ${n}`,
    text: `${greeting} ${reader} ${n},\n\n${text}\n\n${farewell}\n${sender}\n`,
    html:
      `<!doctype html>\n<html><body style="font-family: sans-serif">\n<h1>${greeting} ${reader} ${n},</h1>\n${html}` +
      `<p>${farewell}<br>${sender}</p>\n<p><a href="https://example.com/order?id=4711">${link}</a></p>\n</body></html>\n`
  }))
}

const german: Language = {
  sender: "Ada Lovelace",
  reader: "Bob Müller",
  subject: "Ihre Bestellung für März, Nr.",
  greeting: "Schöne Grüße,",
  paragraphs: [
    "für Ihre Bestellung über 12,50 € möchten wir Ihnen herzlich danken; die Lieferung erfolgt voraussichtlich nächste " +
    "Woche, natürlich ohne zusätzliche Gebühren. Sobald das Paket unser Lager in Köln verlässt, schicken wir Ihnen die " +
    "Nummer der Sendung, mit der Sie jederzeit sehen können, wo es gerade ist.",
    "Sollte etwas nicht in Ordnung sein, so schreiben Sie uns bitte innerhalb von vierzehn Tagen: Wir tauschen jedes " +
    "Stück um, und das Porto für die Rücksendung übernehmen selbstverständlich wir. Eine Begründung brauchen Sie nicht.",
    "Übrigens öffnet im Frühjahr unser neues Geschäft in der Höhenstraße, gleich gegenüber dem Bahnhof. Zur Eröffnung " +
    "gibt es Kaffee, Kuchen und für jeden Gast eine kleine Überraschung. Wir würden uns sehr freuen, Sie dort begrüßen " +
    "zu dürfen, und wünschen Ihnen bis dahin eine gute Zeit.",
    "Die Rechnung finden Sie wie immer in Ihrem Konto; bezahlt ist sie bereits. Für Rückfragen erreichen Sie uns " +
    "werktags zwischen neun und achtzehn Uhr unter der gewohnten Nummer, und jederzeit als Antwort auf diese Nachricht.",
    "Noch eine Bitte: Prüfen Sie, ob Ihre Adresse stimmt. In den letzten Wochen sind mehrere Päckchen zurückgekommen, weil " +
    "Straßennamen geändert wurden; für Sie wäre das ärgerlich, und für uns auch."
  ],
  farewell: "Mit herzlichen Grüßen aus Köln",
  link: "Zur Bestellung"
}

export const latin = letter("latin", "3 KB letter, Latin", german)

/** Its reader has a Japanese name, and three lines of it are Japanese. */
export const latinWithJapanese = letter("latinWithJapanese", "3 KB letter, Latin with Japanese", {
  ...german,
  reader: "Hanako Satō 佐藤 花子",
  subject: "Ihre Bestellung für 東京, Nr.",
  lines: [
    "佐藤 花子 様",
    "このたびはご注文をいただき、誠にありがとうございます。商品は来週お届けする予定です。",
    "ご質問がございましたら、このメールへの返信でお知らせください。"
  ]
})

export const greek = letter("greek", "3 KB letter, Greek", {
  sender: "Υπατία Αλεξανδρινή",
  reader: "Νίκος Παπαδόπουλος",
  subject: "Η παραγγελία σας για τον Μάρτιο, αρ.",
  greeting: "Αγαπητέ κύριε",
  paragraphs: [
    "σας ευχαριστούμε θερμά για την παραγγελία σας των 12,50 €. Η παράδοση αναμένεται την επόμενη εβδομάδα, φυσικά χωρίς " +
    "πρόσθετη επιβάρυνση. Μόλις το δέμα φύγει από την αποθήκη μας στην Αθήνα, θα σας στείλουμε τον αριθμό της αποστολής.",
    "Αν κάτι δεν είναι εντάξει, γράψτε μας μέσα σε δεκατέσσερις ημέρες: αλλάζουμε κάθε προϊόν, και τα έξοδα της " +
    "επιστροφής τα πληρώνουμε εμείς. Δεν χρειάζεται να μας εξηγήσετε τον λόγο.",
    "Την άνοιξη ανοίγει το νέο μας κατάστημα, απέναντι από τον σταθμό. Στα εγκαίνια θα υπάρχει καφές, γλυκό και για κάθε " +
    "επισκέπτη μια μικρή έκπληξη. Θα χαρούμε πολύ να σας δούμε εκεί.",
    "Το τιμολόγιο θα το βρείτε όπως πάντα στον λογαριασμό σας. Για κάθε ερώτηση μας βρίσκετε τις εργάσιμες ημέρες."
  ],
  farewell: "Με θερμούς χαιρετισμούς από την Αθήνα",
  link: "Προς την παραγγελία"
})

export const cyrillic = letter("cyrillic", "3 KB letter, Cyrillic", {
  sender: "Софья Ковалевская",
  reader: "Борис Иванов",
  subject: "Ваш заказ за март, №",
  greeting: "Уважаемый",
  paragraphs: [
    "сердечно благодарим Вас за заказ на сумму 12,50 €. Доставка ожидается на следующей неделе, разумеется, без " +
    "дополнительной платы. Как только посылка покинет наш склад в Москве, мы пришлём Вам номер отправления.",
    "Если что-нибудь окажется не в порядке, напишите нам в течение четырнадцати дней: мы обменяем любую вещь, а " +
    "стоимость обратной пересылки оплатим сами. Объяснять причину не нужно.",
    "Весной открывается наш новый магазин, прямо напротив вокзала. На открытии будут кофе, пироги и для каждого гостя " +
    "маленький сюрприз. Мы будем очень рады видеть Вас там и желаем Вам всего самого доброго.",
    "Счёт Вы, как всегда, найдёте в личном кабинете. С вопросами звоните нам по рабочим дням или ответьте на письмо."
  ],
  farewell: "С наилучшими пожеланиями из Москвы",
  link: "Перейти к заказу"
})

export const japanese = letter("japanese", "3 KB letter, Japanese", {
  sender: "佐藤 花子",
  reader: "山田 太郎",
  subject: "三月のご注文について 第",
  greeting: "拝啓",
  paragraphs: [
    "このたびは一二五〇円のご注文をいただき、誠にありがとうございます。商品は来週お届けする予定で、追加の料金は一切かかりません。" +
    "東京の倉庫から発送いたしましたら、荷物の番号をあらためてお知らせいたします。",
    "万一お届けした品に問題がございましたら、十四日以内にご連絡ください。どの品でもお取り替えいたします。返送の費用は当店が負担し、" +
    "理由をお書きいただく必要はございません。",
    "春には駅前に新しい店舗を開店いたします。当日はコーヒーとケーキのほか、ご来店の皆様に小さな贈り物をご用意しております。" +
    "お会いできますことをスタッフ一同、心より楽しみにしております。",
    "請求書はいつものようにお客様のページでご覧いただけます。ご質問は平日の午前九時から午後六時までお電話で、またはこのメールへの返信で承ります。",
    "なお、お届け先のご住所に変更がないか、いま一度お確かめください。町名の変更により荷物が戻ってくることが続いております。" +
    "お手数をおかけいたしますが、何とぞよろしくお願い申し上げます。"
  ],
  farewell: "敬具　東京より",
  link: "ご注文のページへ"
})

export const letters = [latin, latinWithJapanese, greek, cyrillic, japanese]
