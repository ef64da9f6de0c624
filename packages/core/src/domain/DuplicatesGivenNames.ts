/** Given names and their short forms: which words may be one name. All words are folded. */

/**
 * The full forms that a given name may stand for, itself included when it is one; the word alone when it is unknown.
 *
 * @example
 * ```ts
 * import { fullForms } from "@clientele/core/domain/Names"
 *
 * fullForms("peggy") // ["margaret"]
 * fullForms("xaver") // ["xaver"]
 * ```
 */
export const fullForms = (word: string): ReadonlyArray<string> => formsOf().get(word) ?? [word]

/** Whether a word is in the table of given names. */
export const isKnownGivenName = (word: string): boolean => formsOf().has(word)

/** Whether two words are forms of one given name: Bob and Robert, or Bob and Rob. */
export const isSameGivenName = (a: string, b: string): boolean => {
  if (a === b) return true
  const forms = formsOf()
  const ofA = forms.get(a)
  const ofB = forms.get(b)
  return ofA !== undefined && ofB !== undefined && ofA.some((form) => ofB.includes(form))
}

// internal

let forms: ReadonlyMap<string, ReadonlyArray<string>> | undefined

const formsOf = (): ReadonlyMap<string, ReadonlyArray<string>> => (forms ??= indexForms())

const indexForms = (): ReadonlyMap<string, ReadonlyArray<string>> => {
  const index = new Map<string, Array<string>>()
  for (const line of givenNames.trim().split("\n")) {
    const names = line.trim().split(/\s+/)
    const [full = ""] = names
    for (const name of names) index.set(name, [...(index.get(name) ?? []), full])
  }
  return index
}

// One given name a line: its full form, then its spellings and short forms in English, German, Spanish, French, Italian,
// Portuguese, Dutch, Polish and Russian. A short form of several names stands on several lines. Common knowledge of the
// languages, compiled for this table; names from which nothing is derived need no line.
const givenNames = `
  abigail abby abbie gail
  adelheid heidi adele
  agnes agnieszka nessa
  albert al bert bertie alberto
  alejandro alex ale jandro
  alejandra alex ale sandra
  alexander alex al sandy xander sasha sascha lex aleksander alexandre alessandro aleksandr
  alexandra alex sandra sandy sasha sascha lexi ola aleksandra alessandra
  alfred al fred alf fredi alfredo
  alice alicia ali
  amanda mandy
  amelia amy millie emelia
  amy aimee ami
  andreas andi andy andre andres andrea
  andrew andy drew andrzej andre
  andrea andi
  angela angie angelika geli
  anna anne ann ana annie anni anja anya anita anke hannah hanna nancy ania
  annette anette annett
  anthony tony anton antonio antoine toni tono antoni
  antonia toni tonia
  arthur art artur arturo
  barbara barb barbie babs basia bara
  beatrice bea beatrix beatriz trixie
  benjamin ben benny benji benni
  bernhard bernd bernie bernard bernardo berndt
  birgit birgitta britta gitta brigitte
  bradley brad
  caroline carol carrie carolin karoline karolin carolina caro lina
  catherine cathy kate katie kathy katherine kathryn katharina katarina catalina katrin kathrin kathi kat cat kitty kasia
  cecilia cecile cilla cissy
  charles charlie chuck chas carl karl carlos carlo charly karel karol
  charlotte charlie lotte lottie lotta
  christian chris christiaan cristian kristian
  christina chris tina chrissy christine cristina kristina kirsten christa christel christiane kristin
  christopher chris kit topher christoph kris christophe cristobal toph
  claudia klaudia
  concepcion concha conchi
  cornelia conny connie nele
  cornelius cory neil kees
  daniel dan danny dani danilo
  daniela dani danielle
  david dave davey davy davide
  deborah deb debbie debra
  dennis denis denny
  diana diane di
  dieter didi dietmar
  dmitri dima dmitry dimitri mitya
  dolores lola loli
  dominic dom nick dominik dominique domingo
  donald don donnie
  dorothy dot dottie dorothea dorothee doro thea
  douglas doug
  edward ed eddie ted ned teddy eduardo eduard edouard edu
  eleanor ellie nell nora ella leonore eleonora
  elizabeth liz beth betty lizzie eliza betsy elisabeth lisa elsa else elise lisbeth bettina elisabetta isabel liesel ela
  emily emmy em emilia emilie
  emma em
  enrique quique kike
  eric erik rick erich erick
  erica erika ricky
  ernst ernest ernie ernesto
  eugene gene eugen eugenio
  eva eve evi evita ewa
  ferdinand ferdi fernando nando fernand fer
  florian flo
  florence flo flora
  frances fran francie franny fanny francoise francesca franziska francisca paca
  francis frank fran francisco paco pancho francesco franz franciszek francois
  franziska franzi ziska
  frederick fred freddy fritz friedrich frederic frederik federico rick fredrik fryderyk
  gabriel gabe gabi
  gabriele gabi gaby gabriela gabrielle
  genevieve jenny ginette
  george georg jorge georges giorgio jorg schorsch jurgen jerzy yuri georgie joris
  gerald gerry jerry gerhard gerd gert gerard gerardo geraldo
  gertrud trude trudi gertrude
  gregory greg gregor gregorio grzegorz
  guadalupe lupe lupita
  guillermo memo guille
  gunter gunther guenther
  gustav gus gustavo gustaf
  hans johannes hansi hannes johann
  harold harry hal harald
  heinrich heinz heiner henry hank harry henri heini enrico hendrik henrik rick
  helen helena nell ellen helene elena lena nelly leni
  herbert herb bert heribert
  hermann herman armando
  hildegard hilde hilda
  hugo hugh hughie ugo
  ignacio nacho ignaz
  ingeborg inge inga inka
  ines agnes
  irene irena irina ira
  isabella bella isabel isabelle isabell izzy isa
  jacob jake jack jakob jacques jacobo jaap jim kuba jakub
  jacqueline jackie jaqueline
  james jim jimmy jamie jaime jem santiago diego giacomo
  jane jana janet jean janie jeanne
  jason jay
  jeffrey jeff geoff geoffrey
  jennifer jen jenny jenni jenn
  jessica jess jessie
  javier javi xavier xavi
  joachim jochen jo achim joaquin jochem
  joanna jo joan johanna joanne hanna asia giovanna juana
  john jack johnny jon jean juan giovanni ivan sean ian joao vanya jonny
  johannes hans jo hannes johann jan johan joannes
  jonathan jon john jonny nathan
  joseph joe joey josef jose pepe giuseppe sepp beppe jozef jef jupp seppi zeppo
  josephine jo josie josefine fina josefina
  joshua josh
  judith judy judi jutta
  julia julie jule juliane giulia juliette
  julian jules julien julio julius giulio
  karl kalle carl charles karel
  kenneth ken kenny
  kimberly kim
  klaus claus nikolaus claas
  konrad conny kurt conrad
  laura lori laurie lauren
  lawrence larry lars lorenz laurence laurent lorenzo laurens
  leonard leo len lenny leonhard leonardo
  leopold leo poldi leopoldo
  louis lou louie luis ludwig luigi lewis ludo luiz lutz wiggerl
  louise lou luise luisa lulu
  lucas luke luca lukas luc lucca
  lucy lucia luz lucie lucille
  madeleine maddie madeline magdalena lena maddy magda madelaine
  manfred manni manny fred
  manuel manny manolo manu emanuel
  manuela manu ela
  marcus mark marc marco marcos markus marek marko
  margaret maggie meg peggy marge margie greta gretchen margarete margarethe margarita grete rita gosia daisy marguerite
  maria marie mary mia mitzi ria marija maja marya masha mariya mary
  marianne marion mariana nanni
  martin marty martino marten tino maarten martyn
  martina tina marti
  martha marta
  matthew matt matty matthias mathias matteo mateo matthieu matze hias mateusz mathieu
  maximilian max maxi maximiliano maxim maxime
  melanie mel melly
  melissa mel missy lissa
  michael mike mick mickey michel miguel michele mischa misha micha mikhail michal mikael mihail michi
  michelle shelly chelle
  montserrat montse
  mohammed mohamed muhammad mohammad mo md muhammed mohamad mehmet mahomet
  monica mona monika moni monique
  natalie nat natalia talia natasha nathalie natalya nat
  nathaniel nate nat nathan
  nicholas nick nicky klaus niklas nikolaus nico nicolas niels nils colin mikolaj nikolai kolya niko
  nicole nicki nicky nikki nicola coco
  oliver ollie olli olivier oli
  olivia liv livia ollie
  pamela pam pammy
  patricia pat patty tricia trish pati patrizia patti
  patrick pat paddy patricio patrik
  paul pablo paolo pol pavel paulo pauli pawel
  paula paola pauline paulina
  peter pete pedro pierre pierrot pietro petros piet pjotr piotr peer petr pit
  petra pe
  philip phil pip philipp felipe philippe filip flip phillip filippo
  rachel rae raquel rachael
  rafael rafa raphael rafe raffaele
  ralph rolf ralf raoul raul
  raymond ray raimund ramon raimondo
  rebecca becky becca rebekka reba
  reinhard reiner rainer reinhold reinhardt
  ricardo rick riki
  richard rick dick rich ricky richie ricardo riccardo richi ryszard
  robert rob bob bobby robbie bert roberto robin
  roland rolando orlando rollo
  ronald ron ronnie ronny
  rosa rose rosie rosalia rosita roza
  rosario charo
  rosemary rose rosie rosemarie romy
  rudolf rudi rudy rudolph rodolfo rolf rodolphe
  ruth ruthie
  sabine bine binchen
  samantha sam sammy
  samuel sam sammy
  sandra sandy sandi alexandra
  sarah sara sally sadie sarita
  sebastian seb bastian basti bas sebastien sebastiano wastl
  sergio serge sergei sergey checo
  sigrid siggi
  siegfried siggi sigi sigfried
  simon simeon szymon simone
  sofia sophie sophia sofie sofi zofia
  stephanie steph steffi stefanie stefania estefania fanny stephie
  stephen steve steph stephane stevie steven stefan stephan esteban etienne stef stefano steffen stefaan szczepan
  susan sue susie suzy susanne susanna susana sanne suzanne susi zuzanna
  sylvia silvia silvie sylvie
  tatiana tanya tania tanja tatjana
  teresa terry tess tessa theresa tere therese resi teresita tracy
  theodore ted teddy theo theodor teodoro fedor
  thomas tom tommy tomas tommaso thom tomasz tomek
  timothy tim timmy timo timothee
  ulrich uli ulli
  ulrike uli ulli rike
  ursula uschi ulla ursel
  valentina tina vale
  valerie val valeria
  veronica vera ronnie roni veronika vero
  victor vic viktor vittorio vick
  victoria vicky vicki tori viktoria vittoria
  vincent vince vinny vicente vincenzo vinzenz cent
  virginia ginny ginger virginie
  vladimir vlad volodya wladimir vova
  waltraud traudl traudi
  walter walt wally walther gualterio wouter
  werner verner
  wilhelm willi willy will helmut wim
  wilhelmina mina minna billie wilma
  william will bill billy willie liam wilhelm guillaume guillermo willem bil guglielmo
  wolfgang wolf wolfi
  yolanda yola yoli jolanda
  zachary zach zack zac
`
