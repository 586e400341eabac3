/**
 * What must come of everything that a server can do, wherever a message is: what is written after it, what becomes of each
 * message ("again" where another connection may take it), and whether the session goes on.
 *
 * Message 1 has two recipients; from "last RCPT" on, one of them was refused. The others have one, and wait behind it.
 */

/** One command at a time, and a message that waits. */
export const none = `
RSET            ; 250 ok                             ; MAIL1                 ; Envelope | Waiting ; goes on
RSET            ; 354 go / 399 odd / 450 later       ; -                     ; Protocol, again | Lost, again ; closed
RSET            ; 550 no / 503 what / what?          ; -                     ; Protocol, again | Lost, again ; closed
RSET            ; 250 ok & 250 more / 250 ok & 25..  ; -                     ; Protocol, again | Lost, again ; closed
RSET            ; 550 no & 25..                      ; -                     ; Protocol, again | Lost, again ; closed
RSET            ; 421 bye / lost                     ; -                     ; Lost, again | Lost, again ; closed
RSET            ; silent                             ; -                     ; Timeout, again | Lost, again ; closed
MAIL            ; 250 ok                             ; RCPT1                 ; Envelope | Waiting ; goes on
MAIL            ; 354 go / 399 odd                   ; RSET                  ; Protocol | Envelope ; goes on
MAIL            ; 450 later                          ; RSET                  ; MAIL 450: Deferred Deferred | Envelope ; goes on
MAIL            ; 421 bye                            ; -                     ; Unavailable, again | Lost, again ; closed
MAIL            ; 550 no                             ; RSET                  ; MAIL 550: Rejected Rejected | Envelope ; goes on
MAIL            ; 503 what                           ; RSET                  ; MAIL 503: Rejected Rejected | Envelope ; goes on
MAIL            ; what? / 250 ok & 250 more          ; -                     ; Protocol, again | Lost, again ; closed
MAIL            ; 250 ok & 25..                      ; -                     ; Protocol, again | Lost, again ; closed
MAIL            ; lost                               ; -                     ; Lost, again | Lost, again ; closed
MAIL            ; silent                             ; -                     ; Timeout | Lost, again ; closed
MAIL            ; 550 no & 25..                      ; -                     ; MAIL 550: Rejected Rejected | Lost, again ; closed
RCPT 1          ; 250 ok / 354 go / 399 odd          ; RCPT1                 ; Envelope | Waiting ; goes on
RCPT 1          ; 450 later / 550 no / 503 what      ; RCPT1                 ; Envelope | Waiting ; goes on
RCPT 1          ; 421 bye                            ; -                     ; Unavailable, again | Lost, again ; closed
RCPT 1          ; what? / 250 ok & 250 more          ; -                     ; Protocol, again | Lost, again ; closed
RCPT 1          ; 250 ok & 25.. / 550 no & 25..      ; -                     ; Protocol, again | Lost, again ; closed
RCPT 1          ; lost                               ; -                     ; Lost, again | Lost, again ; closed
RCPT 1          ; silent                             ; -                     ; Timeout | Lost, again ; closed
last RCPT       ; 250 ok                             ; DATA                  ; Envelope | Waiting ; goes on
last RCPT       ; 354 go / 399 odd                   ; RSET                  ; RCPT 550: Rejected NotSent | Envelope ; goes on
last RCPT       ; 450 later                          ; RSET                  ; RCPT 450: Rejected Deferred | Envelope ; goes on
last RCPT       ; 421 bye                            ; -                     ; RCPT 421: Rejected NotSent | Lost, again ; closed
last RCPT       ; 550 no / 503 what                  ; RSET                  ; RCPT 550: Rejected Rejected | Envelope ; goes on
last RCPT       ; what? / 250 ok & 250 more          ; -                     ; Protocol, again | Lost, again ; closed
last RCPT       ; 250 ok & 25..                      ; -                     ; Protocol, again | Lost, again ; closed
last RCPT       ; lost / silent                      ; -                     ; RCPT 550: Rejected NotSent | Lost, again ; closed
last RCPT       ; 550 no & 25..                      ; -                     ; RCPT 550: Rejected Rejected | Lost, again ; closed
DATA            ; 250 ok / 399 odd / what?           ; -                     ; Protocol, again | Lost, again ; closed
DATA            ; 250 ok & 250 more / 250 ok & 25..  ; -                     ; Protocol, again | Lost, again ; closed
DATA            ; 354 go                             ; <1>                   ; Sent | Waiting ; goes on
DATA            ; 450 later                          ; RSET                  ; DATA 450: Deferred Rejected | Envelope ; goes on
DATA            ; 421 bye / 354 go & 421 bye         ; -                     ; RCPT 421: NotSent Rejected | Lost, again ; closed
DATA            ; 550 no                             ; RSET                  ; DATA 550: Rejected Rejected | Envelope ; goes on
DATA            ; 503 what                           ; RSET                  ; DATA 503: Rejected Rejected | Envelope ; goes on
DATA            ; lost / silent                      ; -                     ; RCPT 550: NotSent Rejected | Lost, again ; closed
DATA            ; 354 go & 250 ok / 354 go & 25..    ; -                     ; unknown: Unknown Rejected | Lost, again ; closed
DATA            ; 354 go & 55..                      ; -                     ; Protocol | Lost, again ; closed
DATA            ; 354 go & 421..                     ; -                     ; Body | Waiting ; goes on
asked           ; 250 ok / 250 ok & 250 more         ; -                     ; unknown: Unknown Rejected | Lost, again ; closed
asked           ; 250 ok & 25..                      ; -                     ; unknown: Unknown Rejected | Lost, again ; closed
asked           ; 354 go / 399 odd / what?           ; -                     ; Protocol | Lost, again ; closed
asked           ; 450 later                          ; -                     ; message 450: Deferred Rejected | Lost, again ; closed
asked           ; 421 bye                            ; -                     ; RCPT 421: NotSent Rejected | Lost, again ; closed
asked           ; 550 no / 550 no & 25..             ; -                     ; message 550: Rejected Rejected | Lost, again ; closed
asked           ; 503 what                           ; -                     ; message 503: Rejected Rejected | Lost, again ; closed
asked           ; lost / silent                      ; -                     ; RCPT 550: NotSent Rejected | Lost, again ; closed
body            ; 250 ok / 250 ok & 250 more         ; -                     ; unknown: Unknown Rejected | Lost, again ; closed
body            ; 250 ok & 25..                      ; -                     ; unknown: Unknown Rejected | Lost, again ; closed
body            ; 354 go / 399 odd / what?           ; -                     ; Protocol | Lost, again ; closed
body            ; 450 later                          ; -                     ; message 450: Deferred Rejected | Lost, again ; closed
body            ; 421 bye                            ; -                     ; RCPT 421: NotSent Rejected | Lost, again ; closed
body            ; 550 no / 550 no & 25..             ; -                     ; message 550: Rejected Rejected | Lost, again ; closed
body            ; 503 what                           ; -                     ; message 503: Rejected Rejected | Lost, again ; closed
body            ; lost / silent                      ; -                     ; RCPT 550: NotSent Rejected | Lost, again ; closed
sent            ; 250 ok                             ; MAIL2                 ; Accepted Rejected | Envelope ; goes on
sent            ; 354 go / 399 odd / what? / lost    ; -                     ; unknown: Unknown Rejected | Lost, again ; closed
sent            ; silent                             ; -                     ; unknown: Unknown Rejected | Lost, again ; closed
sent            ; 450 later                          ; RSET                  ; message 450: Deferred Rejected | Envelope ; goes on
sent            ; 421 bye                            ; -                     ; message 421: Deferred Rejected | Lost, again ; closed
sent            ; 550 no                             ; RSET                  ; message 550: Rejected Rejected | Envelope ; goes on
sent            ; 503 what                           ; RSET                  ; message 503: Rejected Rejected | Envelope ; goes on
`

/** A whole envelope at once. Once the server asks for the message it makes no difference. */
export const envelope = `
RSET            ; 250 ok / 250 ok & 250 more         ; -                     ; Envelope | Waiting ; goes on
RSET            ; 250 ok & 25..                      ; -                     ; Envelope | Waiting ; goes on
RSET            ; 354 go / 399 odd / 450 later       ; -                     ; Protocol, again | Lost, again ; closed
RSET            ; 550 no / 503 what / what?          ; -                     ; Protocol, again | Lost, again ; closed
RSET            ; 550 no & 25..                      ; -                     ; Protocol, again | Lost, again ; closed
RSET            ; 421 bye / lost                     ; -                     ; Lost, again | Lost, again ; closed
RSET            ; silent                             ; -                     ; Timeout, again | Lost, again ; closed
MAIL            ; 250 ok / 354 go / 399 odd          ; -                     ; Envelope | Waiting ; goes on
MAIL            ; 450 later / 550 no / 503 what      ; -                     ; Envelope | Waiting ; goes on
MAIL            ; 250 ok & 250 more / 250 ok & 25..  ; -                     ; Envelope | Waiting ; goes on
MAIL            ; 550 no & 25..                      ; -                     ; Envelope | Waiting ; goes on
MAIL            ; 421 bye                            ; -                     ; Unavailable, again | Lost, again ; closed
MAIL            ; what?                              ; -                     ; Protocol, again | Lost, again ; closed
MAIL            ; lost                               ; -                     ; Lost, again | Lost, again ; closed
MAIL            ; silent                             ; -                     ; Timeout | Lost, again ; closed
RCPT 1          ; 250 ok / 354 go / 399 odd          ; -                     ; Envelope | Waiting ; goes on
RCPT 1          ; 450 later / 550 no / 503 what      ; -                     ; Envelope | Waiting ; goes on
RCPT 1          ; 250 ok & 250 more / 250 ok & 25..  ; -                     ; Envelope | Waiting ; goes on
RCPT 1          ; 550 no & 25..                      ; -                     ; Envelope | Waiting ; goes on
RCPT 1          ; 421 bye                            ; -                     ; Unavailable, again | Lost, again ; closed
RCPT 1          ; what?                              ; -                     ; Protocol, again | Lost, again ; closed
RCPT 1          ; lost                               ; -                     ; Lost, again | Lost, again ; closed
RCPT 1          ; silent                             ; -                     ; Timeout | Lost, again ; closed
last RCPT       ; 250 ok / 354 go / 399 odd          ; -                     ; Envelope | Waiting ; goes on
last RCPT       ; 450 later / 550 no / 503 what      ; -                     ; Envelope | Waiting ; goes on
last RCPT       ; 250 ok & 25.. / 550 no & 25..      ; -                     ; Envelope | Waiting ; goes on
last RCPT       ; 421 bye                            ; -                     ; RCPT 421: Rejected NotSent | Lost, again ; closed
last RCPT       ; what? / 250 ok & 250 more          ; -                     ; Protocol, again | Lost, again ; closed
last RCPT       ; lost / silent                      ; -                     ; RCPT 550: Rejected NotSent | Lost, again ; closed
DATA            ; 250 ok / 399 odd / what?           ; -                     ; Protocol, again | Lost, again ; closed
DATA            ; 250 ok & 250 more / 250 ok & 25..  ; -                     ; Protocol, again | Lost, again ; closed
DATA            ; 354 go                             ; <1>                   ; Sent | Waiting ; goes on
DATA            ; 450 later                          ; RSET MAIL2 RCPT2 DATA ; DATA 450: Deferred Rejected | Envelope ; goes on
DATA            ; 421 bye / 354 go & 421 bye         ; -                     ; RCPT 421: NotSent Rejected | Lost, again ; closed
DATA            ; 550 no                             ; RSET MAIL2 RCPT2 DATA ; DATA 550: Rejected Rejected | Envelope ; goes on
DATA            ; 503 what                           ; RSET MAIL2 RCPT2 DATA ; DATA 503: Rejected Rejected | Envelope ; goes on
DATA            ; lost / silent                      ; -                     ; RCPT 550: NotSent Rejected | Lost, again ; closed
DATA            ; 354 go & 250 ok / 354 go & 25..    ; -                     ; unknown: Unknown Rejected | Lost, again ; closed
DATA            ; 354 go & 55..                      ; -                     ; Protocol | Lost, again ; closed
DATA            ; 354 go & 421..                     ; -                     ; Body | Waiting ; goes on
DATA, nobody    ; 250 ok / 399 odd / 421 bye / what? ; -                     ; RCPT 550: Rejected Rejected | Lost, again ; closed
DATA, nobody    ; lost / silent / 250 ok & 250 more  ; -                     ; RCPT 550: Rejected Rejected | Lost, again ; closed
DATA, nobody    ; 250 ok & 25.. / 354 go & 250 ok    ; -                     ; RCPT 550: Rejected Rejected | Lost, again ; closed
DATA, nobody    ; 354 go & 25.. / 354 go & 55..      ; -                     ; RCPT 550: Rejected Rejected | Lost, again ; closed
DATA, nobody    ; 354 go & 421 bye                   ; -                     ; RCPT 550: Rejected Rejected | Lost, again ; closed
DATA, nobody    ; 354 go                             ; <nothing>             ; Body | Waiting ; goes on
DATA, nobody    ; 450 later / 550 no / 503 what      ; RSET MAIL2 RCPT2 DATA ; RCPT 550: Rejected Rejected | Envelope ; goes on
DATA, nobody    ; 354 go & 421..                     ; -                     ; Body | Waiting ; goes on
DATA, no sender ; 250 ok / 354 go / 399 odd          ; -                     ; MAIL 550: Rejected Rejected | Lost, again ; closed
DATA, no sender ; 421 bye / what? / lost / silent    ; -                     ; MAIL 550: Rejected Rejected | Lost, again ; closed
DATA, no sender ; 250 ok & 250 more / 250 ok & 25..  ; -                     ; MAIL 550: Rejected Rejected | Lost, again ; closed
DATA, no sender ; 354 go & 250 ok / 354 go & 25..    ; -                     ; MAIL 550: Rejected Rejected | Lost, again ; closed
DATA, no sender ; 354 go & 55.. / 354 go & 421 bye   ; -                     ; MAIL 550: Rejected Rejected | Lost, again ; closed
DATA, no sender ; 354 go & 421..                     ; -                     ; MAIL 550: Rejected Rejected | Lost, again ; closed
DATA, no sender ; 450 later / 550 no / 503 what      ; RSET MAIL2 RCPT2 DATA ; MAIL 550: Rejected Rejected | Envelope ; goes on
empty           ; 250 ok / 450 later / 550 no        ; RSET MAIL2 RCPT2 DATA ; RCPT 550: Rejected Rejected | Envelope ; goes on
empty           ; 503 what                           ; RSET MAIL2 RCPT2 DATA ; RCPT 550: Rejected Rejected | Envelope ; goes on
empty           ; 421 bye / what? / lost / silent    ; -                     ; RCPT 550: Rejected Rejected | Lost, again ; closed
`

/** The next envelope goes behind the end of a message, and a third one waits. */
export const messages = `
DATA            ; 250 ok / 399 odd / what?           ; -                     ; Protocol, again | Lost, again | Lost, again ; closed
DATA            ; 250 ok & 250 more / 250 ok & 25..  ; -                     ; Protocol, again | Lost, again | Lost, again ; closed
DATA            ; 354 go                             ; <1> MAIL2 RCPT2 DATA  ; Sent | Envelope | Waiting ; goes on
DATA            ; 450 later                          ; RSET MAIL2 RCPT2 DATA ; DATA 450: Deferred Rejected | Envelope | Waiting ; goes on
DATA            ; 421 bye / 354 go & 421 bye         ; -                     ; RCPT 421: NotSent Rejected | Lost, again | Lost, again ; closed
DATA            ; 550 no                             ; RSET MAIL2 RCPT2 DATA ; DATA 550: Rejected Rejected | Envelope | Waiting ; goes on
DATA            ; 503 what                           ; RSET MAIL2 RCPT2 DATA ; DATA 503: Rejected Rejected | Envelope | Waiting ; goes on
DATA            ; lost / silent                      ; -                     ; RCPT 550: NotSent Rejected | Lost, again | Lost, again ; closed
DATA            ; 354 go & 250 ok / 354 go & 25..    ; -                     ; unknown: Unknown Rejected | Lost, again | Lost, again ; closed
DATA            ; 354 go & 55..                      ; -                     ; Protocol | Lost, again | Lost, again ; closed
DATA            ; 354 go & 421..                     ; -                     ; Body | Waiting | Waiting ; goes on
sent            ; 250 ok / 250 ok & 250 more         ; -                     ; Accepted Rejected | Envelope | Waiting ; goes on
sent            ; 250 ok & 25..                      ; -                     ; Accepted Rejected | Envelope | Waiting ; goes on
sent            ; 354 go / 399 odd / what? / lost    ; -                     ; unknown: Unknown Rejected | Lost, again | Lost, again ; closed
sent            ; silent                             ; -                     ; unknown: Unknown Rejected | Lost, again | Lost, again ; closed
sent            ; 450 later                          ; -                     ; message 450: Deferred Rejected | Envelope | Waiting ; goes on
sent            ; 421 bye                            ; -                     ; message 421: Deferred Rejected | Lost, again | Lost, again ; closed
sent            ; 550 no / 550 no & 25..             ; -                     ; message 550: Rejected Rejected | Envelope | Waiting ; goes on
sent            ; 503 what                           ; -                     ; message 503: Rejected Rejected | Envelope | Waiting ; goes on
2 MAIL          ; 250 ok / 354 go / 399 odd          ; -                     ; Accepted Rejected | Envelope | Waiting ; goes on
2 MAIL          ; 450 later / 550 no / 503 what      ; -                     ; Accepted Rejected | Envelope | Waiting ; goes on
2 MAIL          ; 250 ok & 250 more / 250 ok & 25..  ; -                     ; Accepted Rejected | Envelope | Waiting ; goes on
2 MAIL          ; 550 no & 25..                      ; -                     ; Accepted Rejected | Envelope | Waiting ; goes on
2 MAIL          ; 421 bye                            ; -                     ; Accepted Rejected | Unavailable, again | Lost, again ; closed
2 MAIL          ; what?                              ; -                     ; Accepted Rejected | Protocol, again | Lost, again ; closed
2 MAIL          ; lost                               ; -                     ; Accepted Rejected | Lost, again | Lost, again ; closed
2 MAIL          ; silent                             ; -                     ; Accepted Rejected | Timeout, again | Lost, again ; closed
2 RCPT          ; 250 ok / 354 go / 399 odd          ; -                     ; Accepted Rejected | Envelope | Waiting ; goes on
2 RCPT          ; 450 later / 550 no / 503 what      ; -                     ; Accepted Rejected | Envelope | Waiting ; goes on
2 RCPT          ; 250 ok & 25.. / 550 no & 25..      ; -                     ; Accepted Rejected | Envelope | Waiting ; goes on
2 RCPT          ; 421 bye                            ; -                     ; Accepted Rejected | Unavailable, again | Lost, again ; closed
2 RCPT          ; what? / 250 ok & 250 more          ; -                     ; Accepted Rejected | Protocol, again | Lost, again ; closed
2 RCPT          ; lost                               ; -                     ; Accepted Rejected | Lost, again | Lost, again ; closed
2 RCPT          ; silent                             ; -                     ; Accepted Rejected | Timeout, again | Lost, again ; closed
2 DATA          ; 250 ok / 399 odd / what?           ; -                     ; Accepted Rejected | Protocol, again | Lost, again ; closed
2 DATA          ; 250 ok & 250 more / 250 ok & 25..  ; -                     ; Accepted Rejected | Protocol, again | Lost, again ; closed
2 DATA          ; 354 go                             ; <2> MAIL3 RCPT3 DATA  ; Accepted Rejected | Sent | Envelope ; goes on
2 DATA          ; 450 later                          ; RSET MAIL3 RCPT3 DATA ; Accepted Rejected | DATA 450: Deferred | Envelope ; goes on
2 DATA          ; 421 bye                            ; -                     ; Accepted Rejected | Unavailable, again | Lost, again ; closed
2 DATA          ; 550 no                             ; RSET MAIL3 RCPT3 DATA ; Accepted Rejected | DATA 550: Rejected | Envelope ; goes on
2 DATA          ; 503 what                           ; RSET MAIL3 RCPT3 DATA ; Accepted Rejected | DATA 503: Rejected | Envelope ; goes on
2 DATA          ; lost                               ; -                     ; Accepted Rejected | Lost, again | Lost, again ; closed
2 DATA          ; silent                             ; -                     ; Accepted Rejected | Timeout, again | Lost, again ; closed
2 DATA          ; 354 go & 250 ok / 354 go & 25..    ; -                     ; Accepted Rejected | unknown: Unknown | Lost, again ; closed
2 DATA          ; 354 go & 55..                      ; -                     ; Accepted Rejected | Protocol | Lost, again ; closed
2 DATA          ; 354 go & 421 bye                   ; -                     ; Accepted Rejected | Unavailable | Lost, again ; closed
2 DATA          ; 354 go & 421..                     ; -                     ; Accepted Rejected | Body | Waiting ; goes on
2 DATA, nobody  ; 250 ok / 399 odd / 421 bye / what? ; -                     ; Accepted Rejected | RCPT 550: Rejected | Lost, again ; closed
2 DATA, nobody  ; lost / silent / 250 ok & 250 more  ; -                     ; Accepted Rejected | RCPT 550: Rejected | Lost, again ; closed
2 DATA, nobody  ; 250 ok & 25.. / 354 go & 250 ok    ; -                     ; Accepted Rejected | RCPT 550: Rejected | Lost, again ; closed
2 DATA, nobody  ; 354 go & 25.. / 354 go & 55..      ; -                     ; Accepted Rejected | RCPT 550: Rejected | Lost, again ; closed
2 DATA, nobody  ; 354 go & 421 bye                   ; -                     ; Accepted Rejected | RCPT 550: Rejected | Lost, again ; closed
2 DATA, nobody  ; 354 go                             ; <nothing>             ; Accepted Rejected | Body | Waiting ; goes on
2 DATA, nobody  ; 450 later / 550 no / 503 what      ; RSET MAIL3 RCPT3 DATA ; Accepted Rejected | RCPT 550: Rejected | Envelope ; goes on
2 DATA, nobody  ; 354 go & 421..                     ; -                     ; Accepted Rejected | Body | Waiting ; goes on
2 DATA, unread  ; 250 ok / 354 go / 399 odd          ; -                     ; Accepted Rejected | Protocol, again | Lost, again    ; closed
2 DATA, unread  ; 250 ok & 250 more / 250 ok & 25..  ; -                     ; Accepted Rejected | Protocol, again | Lost, again    ; closed
2 DATA, unread  ; 354 go & 250 ok / 354 go & 25..    ; -                     ; Accepted Rejected | Protocol, again | Lost, again    ; closed
2 DATA, unread  ; 354 go & 55.. / 354 go & 421 bye   ; -                     ; Accepted Rejected | Protocol, again | Lost, again    ; closed
2 DATA, unread  ; 354 go & 421..                     ; -                     ; Accepted Rejected | Protocol, again | Lost, again    ; closed
2 DATA, unread  ; 450 later / 550 no / 503 what      ; RSET MAIL2 RCPT2 DATA ; Accepted Rejected | Envelope | Waiting ; goes on
2 sent          ; 250 ok / 250 ok & 250 more         ; -                     ; Accepted Rejected | Accepted | Envelope ; goes on
2 sent          ; 250 ok & 25..                      ; -                     ; Accepted Rejected | Accepted | Envelope ; goes on
2 sent          ; 354 go / 399 odd / what? / lost    ; -                     ; Accepted Rejected | unknown: Unknown | Lost, again ; closed
2 sent          ; silent                             ; -                     ; Accepted Rejected | unknown: Unknown | Lost, again ; closed
2 sent          ; 450 later                          ; -                     ; Accepted Rejected | message 450: Deferred | Envelope ; goes on
2 sent          ; 421 bye                            ; -                     ; Accepted Rejected | message 421: Deferred | Lost, again ; closed
2 sent          ; 550 no / 550 no & 25..             ; -                     ; Accepted Rejected | message 550: Rejected | Envelope ; goes on
2 sent          ; 503 what                           ; -                     ; Accepted Rejected | message 503: Rejected | Envelope ; goes on
`

/** Two messages may be under way as chunks, and a third one waits. */
export const chunks = `
chunk MAIL      ; 250 ok / 354 go / 399 odd          ; -                     ; Sent | Sent | Waiting ; goes on
chunk MAIL      ; 450 later / 550 no / 503 what      ; -                     ; Sent | Sent | Waiting ; goes on
chunk MAIL      ; 250 ok & 250 more / 250 ok & 25..  ; -                     ; Sent | Sent | Waiting ; goes on
chunk MAIL      ; 550 no & 25..                      ; -                     ; Sent | Sent | Waiting ; goes on
chunk MAIL      ; 421 bye / what? / lost / silent    ; -                     ; unknown: Unknown Unknown | unknown: Unknown | Lost, again ; closed
chunk RCPT      ; 250 ok / 354 go / 399 odd          ; -                     ; Sent | Sent | Waiting ; goes on
chunk RCPT      ; 450 later / 550 no / 503 what      ; -                     ; Sent | Sent | Waiting ; goes on
chunk RCPT      ; 250 ok & 25.. / 550 no & 25..      ; -                     ; Sent | Sent | Waiting ; goes on
chunk RCPT      ; 421 bye                            ; -                     ; RCPT 421: Rejected NotSent | unknown: Unknown | Lost, again ; closed
chunk RCPT      ; what? / lost / silent              ; -                     ; unknown: Rejected Unknown | unknown: Unknown | Lost, again ; closed
chunk, nobody   ; 250 ok                             ; RSET MAIL3 RCPT3 BDAT3 ; RCPT 550: Rejected Rejected | Sent | Sent ; goes on
chunk, nobody   ; 450 later / 550 no / 503 what      ; RSET MAIL3 RCPT3 BDAT3 ; RCPT 550: Rejected Rejected | Sent | Sent ; goes on
chunk, nobody   ; 354 go / 399 odd                   ; -                     ; RCPT 550: Rejected Rejected | unknown: Unknown | Lost, again ; closed
chunk, nobody   ; 421 bye / what? / lost / silent    ; -                     ; RCPT 550: Rejected Rejected | unknown: Unknown | Lost, again ; closed
chunk sent      ; 250 ok                             ; RSET MAIL3 RCPT3 BDAT3 ; Accepted Rejected | Sent | Sent ; goes on
chunk sent      ; 354 go / 399 odd / what? / lost    ; -                     ; unknown: Unknown Rejected | unknown: Unknown | Lost, again ; closed
chunk sent      ; silent                             ; -                     ; unknown: Unknown Rejected | unknown: Unknown | Lost, again ; closed
chunk sent      ; 450 later                          ; RSET MAIL3 RCPT3 BDAT3 ; message 450: Deferred Rejected | Sent | Sent ; goes on
chunk sent      ; 421 bye                            ; -                     ; message 421: Deferred Rejected | unknown: Unknown | Lost, again ; closed
chunk sent      ; 550 no                             ; RSET MAIL3 RCPT3 BDAT3 ; message 550: Rejected Rejected | Sent | Sent ; goes on
chunk sent      ; 503 what                           ; RSET MAIL3 RCPT3 BDAT3 ; message 503: Rejected Rejected | Sent | Sent ; goes on
chunk 2 RSET    ; 250 ok / 250 ok & 250 more         ; -                     ; Accepted Rejected | Sent | Sent ; goes on
chunk 2 RSET    ; 250 ok & 25..                      ; -                     ; Accepted Rejected | Sent | Sent ; goes on
chunk 2 RSET    ; 354 go / 399 odd / 450 later       ; -                     ; Accepted Rejected | unknown: Unknown | unknown: Unknown ; closed
chunk 2 RSET    ; 421 bye / 550 no / 503 what        ; -                     ; Accepted Rejected | unknown: Unknown | unknown: Unknown ; closed
chunk 2 RSET    ; what? / lost / silent              ; -                     ; Accepted Rejected | unknown: Unknown | unknown: Unknown ; closed
chunk 2 RSET    ; 550 no & 25..                      ; -                     ; Accepted Rejected | unknown: Unknown | unknown: Unknown ; closed
chunk 2 sent    ; 250 ok / 250 ok & 250 more         ; -                     ; Accepted Rejected | Accepted | Sent ; goes on
chunk 2 sent    ; 250 ok & 25..                      ; -                     ; Accepted Rejected | Accepted | Sent ; goes on
chunk 2 sent    ; 354 go / 399 odd / what? / lost    ; -                     ; Accepted Rejected | unknown: Unknown | unknown: Unknown ; closed
chunk 2 sent    ; silent                             ; -                     ; Accepted Rejected | unknown: Unknown | unknown: Unknown ; closed
chunk 2 sent    ; 450 later                          ; -                     ; Accepted Rejected | message 450: Deferred | Sent ; goes on
chunk 2 sent    ; 421 bye                            ; -                     ; Accepted Rejected | message 421: Deferred | unknown: Unknown ; closed
chunk 2 sent    ; 550 no / 550 no & 25..             ; -                     ; Accepted Rejected | message 550: Rejected | Sent ; goes on
chunk 2 sent    ; 503 what                           ; -                     ; Accepted Rejected | message 503: Rejected | Sent ; goes on
`
