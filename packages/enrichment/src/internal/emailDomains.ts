/**
 * Domains under which anybody can have an address, and those whose addresses are made to be thrown away. Small on
 * purpose: the ones that people meet, as of November 2026. All who are not in them are taken for an employer.
 *
 * - Free: what is in free-email-domains 1.12.6 (MIT) of the large providers of some thirty countries, and
 *   15 more of the kind: bbox.fr, globo.com, hey.com and others.
 * - Disposable: well-known services that both disposable-email-domains 1.0.62 (MIT) and burner-email-providers 1.0.67 (MIT)
 *   have; the tens of thousands of domains that these services change to every day are in neither for long.
 */
import { getDomain } from "tldts"

/** Whether anybody can have an address there. */
export const isFree = (domain: string): boolean => has(free, domain)

/** Whether addresses there are made to be thrown away. */
export const isDisposable = (domain: string): boolean => has(disposable, domain)

// internal

/** Of a subdomain what is told of its domain: whoever has that can make any number of these. */
const has = (domains: ReadonlySet<string>, domain: string): boolean =>
  domains.has(domain) || domains.has(getDomain(domain) ?? "")

const listed = (text: string): ReadonlySet<string> => new Set(text.trim().split(/\s+/))

const free = listed(`
  126.com 163.com abv.bg aim.com alice.it aol.co.uk aol.com aol.de aol.fr arcor.de att.net azet.sk bbox.fr
  bellsouth.net bigpond.com bk.ru bluewin.ch blueyonder.co.uk bol.com.br btinternet.com centrum.cz charter.net
  comcast.net consultant.com cox.net daum.net docomo.ne.jp earthlink.net email.com email.cz ezweb.ne.jp fastmail.com
  fastmail.fm foxmail.com free.fr freenet.de globo.com gmail.com gmx.at gmx.ch gmx.co.uk gmx.com gmx.de gmx.fr gmx.net
  gmx.us googlemail.com hanmail.net hetnet.nl hey.com home.nl hotmail.be hotmail.co.uk hotmail.com hotmail.com.br
  hotmail.de hotmail.es hotmail.fr hotmail.it hotmail.nl hushmail.com icloud.com ig.com.br inbox.ru interia.pl
  juno.com keemail.me kpnmail.nl laposte.net libero.it list.ru live.be live.ca live.co.uk live.com live.com.au
  live.com.mx live.de live.fr live.it live.nl lycos.com mac.com mail.com mail.ru mailbox.org me.com msn.com
  myyahoo.com nate.com naver.com neuf.fr ntlworld.com o2.pl onet.pl online.de op.pl optusnet.com.au orange.fr
  outlook.co.uk outlook.com outlook.com.br outlook.de outlook.es outlook.fr outlook.in outlook.it passport.com
  planet.nl pm.me posteo.de proton.me protonmail.ch protonmail.com qq.com rambler.ru rediffmail.com rocketmail.com
  rogers.com sbcglobal.net seznam.cz sfr.fr shaw.ca sina.com sky.com skynet.be softbank.ne.jp sohu.com sympatico.ca
  t-online.de talktalk.net telefonica.net telenet.be telus.net terra.com terra.com.br tin.it tiscali.it tuta.io
  tutamail.com tutanota.com tutanota.de ukr.net uol.com.br usa.com verizon.net virgilio.it virginmedia.com wanadoo.fr
  web.de wp.pl xs4all.nl ya.ru yahoo.ca yahoo.co.in yahoo.co.jp yahoo.co.uk yahoo.com yahoo.com.ar yahoo.com.au
  yahoo.com.br yahoo.com.mx yahoo.de yahoo.es yahoo.fr yahoo.in yahoo.it yandex.com yandex.ru yandex.ua yeah.net
  ymail.com ziggo.nl zoho.com zohomail.com zohomail.eu
`)

const disposable = listed(`
  0815.ru 10minutemail.co.uk 10minutemail.com 10minutemail.de 10minutemail.net 1secmail.com 1secmail.net 1secmail.org
  20minutemail.com 20minutemail.it 30minutemail.com 33mail.com anonbox.net anonymail.dk anonymbox.com antispam24.de
  armyspy.com boun.cr bouncr.com brefmail.com burnermail.io byom.de crazymailing.com cuvox.de dayrep.com
  deadaddress.com despam.it devnullmail.com discard.email discardmail.com discardmail.de disposableaddress.com
  disposableemailaddresses.com disposableinbox.com dispostable.com dropmail.me e4ward.com einrot.com email-fake.com
  emailfake.com emailtemporario.com.br emlhub.com emlpro.com emltmp.com fakeinbox.com fakemailgenerator.com fexbox.org
  fexpost.com filzmail.com fleckens.hu frapmail.com generator.email getairmail.com getnada.com gishpuppy.com grr.la
  guerrillamail.biz guerrillamail.com guerrillamail.de guerrillamail.info guerrillamail.net guerrillamail.org
  guerrillamailblock.com gustr.com haltospam.com harakirimail.com hidemail.de hulapla.de inboxalias.com inboxbear.com
  inboxkitten.com incognitomail.com incognitomail.net incognitomail.org instantemailaddress.com jetable.com
  jetable.net jetable.org jourrapide.com kasmail.com kurzepost.de letthemeatspam.com linshiyouxiang.net luxusmail.gq
  mail-temp.com mail-temporaire.fr mailbox.in.ua mailbox92.biz mailcatch.com maildrop.cc maildrop.ga maileater.com
  mailexpire.com mailforspam.com mailfreeonline.com mailinater.com mailinator.com mailinator.net mailinator2.com
  mailmoat.com mailnesia.com mailnull.com mailsac.com mailtemp.info mailto.plus mailtothis.com mega.zik.dj
  meltmail.com mfsa.ru mintemail.com moakt.com moakt.ws mohmal.com mohmal.im mvrht.com mvrht.net mycleaninbox.net
  mytemp.email mytempemail.com mytrashmail.com nada.email nada.ltd netmails.net no-spam.ws nomail.xl.cx nospam.ze.tc
  nowmymail.com objectmail.com one-time.email onewaymail.com owlpic.com pjjkp.com pokemail.net pookmail.com
  privacy.net proxymail.eu punkass.com rcpt.at receiveee.com rhyta.com rppkn.com rtrtr.com safetymail.info
  sendspamhere.com sharklasers.com shitmail.me shortmail.net smellfear.com sneakemail.com snkmail.com sogetthis.com
  soodonims.com spam4.me spamavert.com spambog.com spambog.de spambox.info spambox.us spamday.com spamex.com
  spamfree24.com spamfree24.de spamfree24.org spamgourmet.com spamgourmet.net spamgourmet.org spamhole.com spaml.de
  spamspot.com spamthis.co.uk speed.1s.fr superrito.com suremail.info tafmail.com teleworm.us temp-mail.com
  temp-mail.de temp-mail.org tempail.com tempinbox.co.uk tempinbox.com tempmail.co tempmail.de tempmail.it
  tempmail2.com tempomail.fr temporaryemail.net temporaryinbox.com temporarymail.org throwam.com
  throwawayemailaddress.com throwawaymail.com tmail.ws tmailinator.com tmpbox.net tmpmail.net tmpmail.org
  tradermail.info trash-mail.at trash-mail.com trash-mail.de trash-mail.ml trashmail.at trashmail.com trashmail.de
  trashmail.me trashmail.net trashmail.org trashmail.ws trbvm.com trillianpro.com tyldd.com vomoto.com
  wegwerfadresse.de wegwerfemail.de wegwerfmail.de wegwerfmail.net wegwerfmail.org wh4f.org whyspam.me
  willselfdestruct.com xagloo.com yapped.net yopmail.com yopmail.fr yopmail.net zetmail.com zippymail.info zoemail.org
`)
